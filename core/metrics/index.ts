export {
  type Dimension,
  type MetricDefinition,
  type MetricName,
  type MetricUnit,
  metrics,
  monthlyCost,
  namespace,
  pricePerMetricMonth,
  seriesCount,
} from './catalogue.ts';
export { type EmfRecord, emfLine } from './emf.ts';
