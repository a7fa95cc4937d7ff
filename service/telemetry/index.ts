export { metricsOperation } from './operations.ts';
export { prometheusText } from './prometheus.ts';
export { type MetricSources, ServiceMetrics } from './service-metrics.ts';
export { startTracing, traceRequests } from './tracing.ts';
