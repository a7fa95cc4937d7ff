export { InvalidMetrics, readEmbeddedMetrics, type Sample } from './embedded-format.ts';
export {
  createMetricStore,
  type Datapoint,
  type MetricStore,
  type Series,
  type Statistic,
} from './metric-store.ts';
export {
  enoughSamples,
  isPercentile,
  type Percentile,
  PercentileUnavailable,
  type PercentileValue,
} from './percentile.ts';
