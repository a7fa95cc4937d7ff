export {
  type Dimension,
  denseSeriesCount,
  type MetricDefinition,
  type MetricName,
  type MetricUnit,
  metrics,
  monthlyCost,
  namespace,
  pricePerMetricMonth,
  seriesCount,
  seriesOf,
} from './catalogue.ts';
export { type EmfRecord, emfLine } from './emf.ts';
