import { causes } from '../../../../core/causes/index.ts';
import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';

/** What a query may take at its 99th percentile under normal load, ms. */
const queryObjectiveMs = 2_000;

/** Share of operations that may fail for want of a connection, percent, and how many it takes to say so. */
const failingPercent = 1;
const failingVolume = 5;

/** What the tasks say of themselves. */
export const serviceRows = ({ service }: Watched): AlarmRow[] => [
  {
    name: 'service-silent',
    measured: { metric: 'HealthStatus', statistic: 'SampleCount' },
    period: 60,
    comparison: 'below',
    threshold: 1,
    because: 'Every task publishes at least once a minute (METRICS_INTERVAL).',
    datapoints: [3, 3],
    patience: 'A single task that is replaced leaves one minute empty at most.',
    missing: 'breaching',
    severity: 'ticket',
    says: `No task of ${service.name} has published anything for 3 minutes.`,
    consequence:
      'Either no task runs, or its log does not arrive; nothing is known of pool, breakers and messages.',
    runbook: 'runbooks/service.md#silence',
    proof: { fault: 'service-stop', how: 'driven' },
  },
  {
    name: 'service-unhealthy',
    measured: { metric: 'HealthStatus', statistic: 'Maximum' },
    period: 60,
    comparison: 'above',
    threshold: 1,
    because: '2 is unhealthy: a dependency without which requests fail is down.',
    datapoints: [2, 3],
    patience: 'As the probe: one minute opens no ticket.',
    missing: 'notBreaching',
    severity: 'ticket',
    says: `A task of ${service.name} calls itself unhealthy; /health/detailed says why.`,
    consequence: 'Requests that need the database fail with 503.',
    runbook: 'runbooks/service.md#unhealthy',
    proof: { fault: 'database-stop', how: 'driven' },
  },
  {
    name: 'service-degraded',
    measured: { metric: 'HealthStatus', statistic: 'Maximum' },
    period: 60,
    comparison: 'above',
    threshold: 0,
    because: '1 is degraded: something is lost, and requests are served.',
    datapoints: [5, 5],
    patience: 'A dependency that comes back within minutes is not worth a ticket.',
    missing: 'notBreaching',
    severity: 'ticket',
    says: `A task of ${service.name} has worked for 5 minutes with a dependency missing; /health/detailed names it.`,
    consequence: 'What needs that dependency is lost: messages wait, or proxied requests fail.',
    runbook: 'runbooks/service.md#degraded',
    proof: { fault: 'redis-stop', how: 'driven' },
  },
  {
    name: 'connections-failing',
    measured: {
      expression: `IF(attempts >= ${failingVolume}, 100 * failures / attempts, 0)`,
      of: {
        attempts: { metric: 'ConnectionAttempts', dependency: 'postgres', statistic: 'Sum' },
        failures: { metric: 'ConnectionFailures', dependency: 'postgres', statistic: 'Sum' },
      },
    },
    period: 60,
    comparison: 'above',
    threshold: failingPercent,
    because: `${failingPercent} % of at least ${failingVolume} operations a minute: retries have already been made.`,
    datapoints: [3, 5],
    patience: 'A failover fails them for up to two minutes.',
    missing: 'notBreaching',
    severity: 'ticket',
    says: `More than ${failingPercent} % of the operations of ${service.name} fail for want of a working connection to the database.`,
    consequence: 'Those requests are answered with 503.',
    runbook: 'runbooks/service.md#connections',
    proof: { fault: 'database-stop', how: 'driven' },
  },
  {
    name: 'pool-waiting',
    measured: { metric: 'PoolWaiting', dependency: 'postgres', statistic: 'Maximum' },
    period: 60,
    comparison: 'above',
    threshold: service.poolSize,
    because: `The line is longer than the pool (DATABASE_POOL_SIZE, ${service.poolSize}): everybody waits for a whole turn.`,
    datapoints: [5, 5],
    patience: 'A burst fills it for a moment.',
    missing: 'notBreaching',
    severity: 'ticket',
    says: `More than ${service.poolSize} requests at a time wait for a connection of the pool of ${service.name}.`,
    consequence: 'Requests take longer, and fail with 503 when their turn does not come in time.',
    runbook: causes.POOL_EXHAUSTED.runbook,
    proof: { fault: 'pool-exhausted', how: 'driven' },
  },
  {
    name: 'queries-slow',
    measured: { metric: 'QueryDurationMs', dependency: 'postgres', statistic: 'p99' },
    period: 60,
    comparison: 'above',
    threshold: queryObjectiveMs,
    because: `${queryObjectiveMs} ms at the 99th percentile is what a query may take under normal load.`,
    datapoints: [5, 5],
    patience: 'A single report or a vacuum is over in minutes.',
    missing: 'notBreaching',
    severity: 'ticket',
    says: `The slowest hundredth of the queries of ${service.name} takes more than ${queryObjectiveMs} ms.`,
    consequence: 'Users wait; at 5 s (DATABASE_STATEMENT_TIMEOUT) queries fail.',
    runbook: causes.SLOW.runbook,
    proof: { fault: 'table-locked', how: 'driven' },
  },
];

/** Use of what a task has, percent, above which scaling has not helped (it aims at 60 % of the processor). */
const usePercent = 80;

const ofTasks = (
  { service }: Watched,
  name: 'service-cpu-high' | 'service-memory-high',
  metricName: string,
  row: Pick<AlarmRow, 'says' | 'consequence' | 'runbook' | 'proof'>,
): AlarmRow => ({
  name,
  measured: {
    namespace: 'AWS/ECS',
    metricName,
    dimensions: { ClusterName: service.cluster, ServiceName: service.name },
    statistic: 'Average',
  },
  period: 60,
  comparison: 'above',
  threshold: usePercent,
  because: `${usePercent} % of what the task definition declares (as AWS recommends).`,
  datapoints: [10, 10],
  patience: 'New tasks take two or three minutes to help.',
  missing: 'notBreaching',
  severity: 'ticket',
  ...row,
});

export const taskRows = (watched: Watched): AlarmRow[] => [
  ofTasks(watched, 'service-cpu-high', 'CPUUtilization', {
    says: `The tasks of ${watched.service.name} have used more than ${usePercent} % of their processors for 10 minutes.`,
    consequence: 'Answers take longer, and scaling has reached its limit or does not work.',
    runbook: 'runbooks/service.md#load',
    proof: { fault: 'task-cpu', how: 'injected' },
  }),
  ofTasks(watched, 'service-memory-high', 'MemoryUtilization', {
    says: `The tasks of ${watched.service.name} have used more than ${usePercent} % of their memory for 10 minutes.`,
    consequence: 'A task that reaches its limit is killed, with the requests that it serves.',
    runbook: 'runbooks/service.md#load',
    proof: { fault: 'task-memory', how: 'injected' },
  }),
];
