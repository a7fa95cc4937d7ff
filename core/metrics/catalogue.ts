/**
 * Every custom metric, once. Emitters, alarms, dashboard and documents read this table.
 * A metric has one dimension set: `{Environment, Dependency}` or `{Environment}`.
 */

export const namespace = 'Breakwater';

/** List price of one custom metric for a month, US dollars (AWS price list, us-east-1, 2025-09-01). */
export const pricePerMetricMonth = 0.3;

export type Dimension = 'Environment' | 'Dependency';
export type MetricUnit = 'None' | 'Count' | 'Milliseconds' | 'Percent' | 'Seconds';

export interface MetricDefinition {
  unit: MetricUnit;
  dimensions: readonly Dimension[];
  /** The dependencies that it is published for; empty for a metric without that dimension. */
  dependencies: readonly string[];
  /** The statistic that is right across tasks and runs. */
  statistic: 'Minimum' | 'Maximum' | 'Average' | 'Sum' | 'p99';
  /**
   * Published only when something happened. CloudWatch bills a metric by the hour in which it has data, so that
   * it costs nothing in a quiet month; no data means that nothing happened, and no alarm may take it for silence.
   */
  sparse?: true;
  /** One sentence, with the encoding where the number is a code. */
  doc: string;
}

const everyDependency = ['postgres', 'redis', 'mlflow', 'auth'] as const;
const perDependency = ['Environment', 'Dependency'] as const;

export const metrics = {
  Up: {
    unit: 'None',
    dimensions: perDependency,
    dependencies: everyDependency,
    statistic: 'Minimum',
    doc: '1 when the dependency passed every layer of the connectivity probe, 0 when it failed one.',
  },
  DurationMs: {
    unit: 'Milliseconds',
    dimensions: perDependency,
    dependencies: everyDependency,
    statistic: 'Maximum',
    doc: 'How long the whole check took.',
  },
  ConnectDurationMs: {
    unit: 'Milliseconds',
    dimensions: perDependency,
    dependencies: ['postgres'],
    statistic: 'Maximum',
    doc: 'From looking up the name to a connection ready for queries; published when that was reached.',
  },
  FailedLayer: {
    unit: 'None',
    dimensions: perDependency,
    dependencies: everyDependency,
    statistic: 'Maximum',
    doc: 'Layer that failed: 0 none, 1 config, 2 dns, 3 tcp, 4 tls, 5 auth, 6 database, 7 query, 8 capacity, 9 protocol.',
  },
  CertificateDaysLeft: {
    unit: 'None',
    dimensions: perDependency,
    dependencies: everyDependency,
    statistic: 'Minimum',
    doc: 'Days until the first certificate of the chain that the server sent expires; published where TLS is used.',
  },
  DatabaseNameMismatch: {
    unit: 'Count',
    dimensions: perDependency,
    dependencies: ['postgres'],
    statistic: 'Maximum',
    doc: 'Number of failed comparisons of the database-name probe: name, host and port, user, tables with their columns and rights.',
  },
  ConfigurationDrift: {
    unit: 'Count',
    dimensions: perDependency,
    dependencies: ['postgres'],
    statistic: 'Maximum',
    doc: 'Findings of the database-name probe on the running task definition: against the contract, its secrets, and what was deployed.',
  },
  ConnectionHeadroomPercent: {
    unit: 'Percent',
    dimensions: perDependency,
    dependencies: ['postgres'],
    statistic: 'Minimum',
    doc: 'Share of the connections that roles without a reserve may use which is left; 0 when the capacity probe is refused for want of one.',
  },
  ConnectionAttempts: {
    unit: 'Count',
    dimensions: perDependency,
    dependencies: ['postgres'],
    statistic: 'Sum',
    doc: 'Operations of the service that wanted a connection to the database, retries not counted.',
  },
  ConnectionFailures: {
    unit: 'Count',
    dimensions: perDependency,
    dependencies: ['postgres'],
    statistic: 'Sum',
    doc: 'Those of ConnectionAttempts that failed for want of a working connection, after their retries; a statement that the server refuses is not one.',
  },
  PoolUtilizationPercent: {
    unit: 'Percent',
    dimensions: perDependency,
    dependencies: ['postgres'],
    statistic: 'Maximum',
    doc: 'Largest share of the pool that was in use at the same time.',
  },
  PoolWaiting: {
    unit: 'Count',
    dimensions: perDependency,
    dependencies: ['postgres'],
    statistic: 'Maximum',
    doc: 'Most requests that waited for a connection at the same time.',
  },
  QueryDurationMs: {
    unit: 'Milliseconds',
    dimensions: perDependency,
    dependencies: ['postgres'],
    statistic: 'p99',
    doc: 'From sending a statement to its result; of a busy interval a random sample of 100, the longest always among them.',
  },
  BreakerState: {
    unit: 'None',
    dimensions: perDependency,
    dependencies: everyDependency,
    statistic: 'Maximum',
    doc: 'State of the circuit breaker: 0 closed, 1 half-open, 2 open.',
  },
  BreakerTransitions: {
    unit: 'Count',
    dimensions: perDependency,
    dependencies: everyDependency,
    statistic: 'Sum',
    sparse: true,
    doc: 'Changes of state of the circuit breaker; published when there was one.',
  },
  OutboxDepth: {
    unit: 'Count',
    dimensions: ['Environment'],
    dependencies: [],
    statistic: 'Maximum',
    doc: 'Messages that are neither delivered to the transport nor dead. Every task counts the same ones.',
  },
  OutboxOldestAgeSeconds: {
    unit: 'Seconds',
    dimensions: ['Environment'],
    dependencies: [],
    statistic: 'Maximum',
    doc: 'Age of the oldest of them; 0 without one.',
  },
  DeadLetters: {
    unit: 'Count',
    dimensions: ['Environment'],
    dependencies: [],
    statistic: 'Maximum',
    doc: 'Dead messages in the outbox: those that the transport refused after all attempts, and those that consumers gave up, which the relay brings there. It is the one place to look in.',
  },
  ConsumerIdleSeconds: {
    unit: 'Seconds',
    dimensions: ['Environment'],
    dependencies: [],
    statistic: 'Maximum',
    doc: 'How long messages have been waiting in the Redis list without one being taken; 0 while none waits. Published where Redis is the transport and can be asked.',
  },
  HealthStatus: {
    unit: 'None',
    dimensions: ['Environment'],
    dependencies: [],
    statistic: 'Maximum',
    doc: 'What /health says: 0 healthy, 1 degraded, 2 unhealthy. Published once PostgreSQL has been checked.',
  },
  ConfigurationChanges: {
    unit: 'Count',
    dimensions: ['Environment'],
    dependencies: [],
    statistic: 'Sum',
    sparse: true,
    doc: 'Calls to AWS that changed database, network, tasks, secrets, parameters, cache or load balancer, whoever made them, and actions of operators on the service.',
  },
  ConfigurationChangesByHand: {
    unit: 'Count',
    dimensions: ['Environment'],
    dependencies: [],
    statistic: 'Sum',
    sparse: true,
    doc: 'Those of them that neither a deployment nor AWS itself nor a function of the stack made.',
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metrics;

/** Series of one metric when every dependency is on. */
export const seriesOf = ({ dependencies }: MetricDefinition): number => Math.max(1, dependencies.length);

const all: readonly MetricDefinition[] = Object.values(metrics);

/** Series that exist when every dependency is on and everything has happened once. */
export const seriesCount = (): number => all.reduce((sum, metric) => sum + seriesOf(metric), 0);

/** Series that the bill of every month counts. */
export const denseSeriesCount = (): number =>
  all.reduce((sum, metric) => sum + (metric.sparse ? 0 : seriesOf(metric)), 0);

/** Cost of the custom metrics of one environment for a quiet month at list price, US dollars. */
export const monthlyCost = (): number => denseSeriesCount() * pricePerMetricMonth;
