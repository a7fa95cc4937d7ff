/**
 * What AWS would publish each minute of the resources that do not run here, or of what is not to be had of the
 * servers that do: a quiet value each. By namespace and metric.
 */
export interface Baseline {
  unit: string;
  value: number;
}

const gib = 1024 ** 3;

export const baselines: Readonly<Record<string, Readonly<Record<string, Baseline>>>> = {
  'AWS/RDS': {
    CPUUtilization: { unit: 'Percent', value: 12 },
    FreeableMemory: { unit: 'Bytes', value: gib },
    FreeStorageSpace: { unit: 'Bytes', value: 15 * gib },
    MaximumUsedTransactionIDs: { unit: 'Count', value: 1_000_000 },
    WriteLatency: { unit: 'Seconds', value: 0.002 },
    ReadLatency: { unit: 'Seconds', value: 0.001 },
  },
  'AWS/ECS': {
    CPUUtilization: { unit: 'Percent', value: 9 },
    MemoryUtilization: { unit: 'Percent', value: 21 },
  },
};

/** Counted when something happens; no value at other times. */
export const occasional: Readonly<Record<string, readonly string[]>> = {
  'AWS/SNS': ['NumberOfNotificationsFailed'],
  // The load balancer that runs here counts its own errors, and has none on most days.
  'AWS/ApplicationELB': ['RejectedConnectionCount', 'HTTPCode_ELB_5XX_Count'],
};

/** Read from the servers that run here. */
export const derived: Readonly<Record<string, readonly string[]>> = {
  'AWS/RDS': ['DatabaseConnections'],
  'AWS/ElastiCache': ['DatabaseMemoryUsagePercentage'],
};

/** Whether a metric has values only when something happens. */
export const happensSeldom = (namespace: string, name: string): boolean =>
  occasional[namespace]?.includes(name) ?? false;

/** Whether a metric is published here, now and then at least. */
export const publishes = (namespace: string, name: string): boolean =>
  (baselines[namespace] !== undefined && Object.hasOwn(baselines[namespace], name)) ||
  [occasional, derived].some((metrics) => metrics[namespace]?.includes(name));
