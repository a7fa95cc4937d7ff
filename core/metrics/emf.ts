/** CloudWatch embedded metric format: metrics that leave as a line of log, not through the network. */
import { type MetricName, metrics, namespace } from './catalogue.ts';

export interface EmfRecord {
  /** When the values were measured, milliseconds since 1970. */
  timestamp: number;
  environment: string;
  dependency?: string;
  /** One value, or up to 100 of one metric. */
  values: Partial<Record<MetricName, number | readonly number[]>>;
  /** What only the log needs: causes, phases, addresses. They are not dimensions and cost nothing. */
  properties?: Record<string, unknown>;
}

/** One line of embedded metric format. Values that are not finite are left out: CloudWatch refuses them. */
export const emfLine = (record: EmfRecord): string => {
  const { environment, dependency, timestamp } = record;
  const values = Object.entries(record.values).filter(([, value]) =>
    typeof value === 'number' ? Number.isFinite(value) : value.length > 0 && value.every(Number.isFinite),
  );
  const dimensions = dependency === undefined ? ['Environment'] : ['Environment', 'Dependency'];
  return JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [dimensions],
          Metrics: values.map(([name]) => ({ Name: name, Unit: metrics[name as MetricName].unit })),
        },
      ],
    },
    Environment: environment,
    ...(dependency === undefined ? {} : { Dependency: dependency }),
    ...record.properties,
    ...Object.fromEntries(values),
  });
};
