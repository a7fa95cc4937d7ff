export {
  type Dimension,
  type MetricDefinition,
  type MetricName,
  metrics,
  monthlyCost,
  namespace,
  pricePerMetricMonth,
  seriesCount,
} from './catalogue.ts';
