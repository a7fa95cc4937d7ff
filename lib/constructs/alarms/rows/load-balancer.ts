import type { AlarmRow, SeriesRef, Statistic } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';

/** Share of valid requests that must be good in a month, percent. */
export const objectivePercent = 99.9;

/** Share of failed requests that uses up the budget of 30 days exactly in 30 days, percent. */
const budgetPercent = Math.round((100 - objectivePercent) * 1_000) / 1_000;

/**
 * Burn rates (Google, Site Reliability Workbook, chapter 5): 14.4 uses 2 % of the budget in an hour, 6 uses
 * 5 % in six hours.
 */
const fast = 14.4;
const slow = 6;

type Series = SeriesRef & { statistic: Statistic };

const elb = (
  metricName: string,
  dimensions: Readonly<Record<string, string>>,
  statistic: Statistic,
): Series => ({
  namespace: 'AWS/ApplicationELB',
  metricName,
  dimensions,
  statistic,
});

/**
 * Percent of valid requests that failed. Valid: every request that the load balancer took. Failed: those that
 * the service answered with 5xx, and those that the load balancer itself did. 4xx are the clients' own. The
 * answers of the load balancer stand below the line too, because RequestCount lacks those for which no task
 * could be chosen; where it has them they count twice there, which makes the share smaller by less than half.
 * Below a minimum volume one failed request would be an outage: the share is then 0.
 */
const failedShare = (dimensions: Readonly<Record<string, string>>, volume: number) => ({
  expression: `IF(requests + own >= ${volume}, 100 * (failed + own) / (requests + own), 0)`,
  of: {
    requests: elb('RequestCount', dimensions, 'Sum'),
    failed: elb('HTTPCode_Target_5XX_Count', dimensions, 'Sum'),
    own: elb('HTTPCode_ELB_5XX_Count', dimensions, 'Sum'),
  },
});

/** Requests that it takes to judge a minute, and a longer window. */
const volumeOfMinute = 10;
const volumeOfWindow = 100;

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

const windows = [
  { name: 'errors-1h', seconds: 3_600, words: 'hour', burn: fast },
  { name: 'errors-30m', seconds: 1_800, words: 'half hour', burn: slow },
  { name: 'errors-6h', seconds: 21_600, words: 'six hours', burn: slow },
] as const;

const errorRows = ({ loadBalancer, service }: Watched): AlarmRow[] => {
  const dimensions = { LoadBalancer: loadBalancer.name };
  const shared = {
    comparison: 'above',
    missing: 'notBreaching',
    severity: 'ticket',
    runbook: 'runbooks/service.md#requests-failing',
    proof: { fault: 'mlflow-stop', how: 'driven' },
  } as const satisfies Partial<AlarmRow>;
  const burnt = (burn: number): string =>
    `${burn} times the ${budgetPercent} % that ${objectivePercent} % over 30 days allows`;
  return [
    {
      ...shared,
      name: 'requests-failing',
      measured: failedShare(dimensions, volumeOfMinute),
      period: 60,
      threshold: rounded(fast * budgetPercent),
      because: `${burnt(fast)}, of at least ${volumeOfMinute} requests a minute.`,
      datapoints: [3, 5],
      patience: 'The short window of the fast burn: a failover of two minutes passes below it.',
      says: `More than ${rounded(fast * budgetPercent)} % of the requests to ${service.name} fail, in 3 of 5 minutes.`,
      consequence: 'Users get 5xx answers.',
    },
    ...windows.map(
      ({ name, seconds, words, burn }): AlarmRow => ({
        ...shared,
        name,
        measured: failedShare(dimensions, volumeOfWindow),
        period: seconds,
        threshold: rounded(burn * budgetPercent),
        because: `${burnt(burn)}, of at least ${volumeOfWindow} requests in the window.`,
        datapoints: [1, 1],
        patience: 'The window itself is the patience.',
        says: `More than ${rounded(burn * budgetPercent)} % of the requests to ${service.name} failed within the last ${words}.`,
        consequence: `At this rate the error budget of the month is gone in ${Math.round(720 / burn)} hours.`,
      }),
    ),
  ];
};

/** Seconds that an answer may take at the 90th percentile; uploads of models are the tail above it. */
const answerSeconds = 2;

/** The group of one deployment, or both of a canary: a host counts wherever it stands. */
const hosts = (
  { loadBalancer }: Watched,
  metricName: 'HealthyHostCount',
  statistic: 'Minimum' | 'Maximum',
): AlarmRow['measured'] => {
  const series = loadBalancer.targetGroups.map((group) =>
    elb(metricName, { LoadBalancer: loadBalancer.name, TargetGroup: group }, statistic),
  );
  const [only, ...others] = series;
  if (!only) throw new RangeError('The load balancer has no target group; name one, or both of a canary.');
  if (others.length === 0) return only as Series;
  const ids = series.map((_, index) => `hosts${index + 1}`);
  return {
    expression: ids.join(' + '),
    of: Object.fromEntries(series.map((one, index) => [ids[index] as string, one])),
  };
};

const targetRows = (watched: Watched): AlarmRow[] => {
  const { loadBalancer, service } = watched;
  const tasks = service.minTasks === 1 ? '1 task' : `${service.minTasks} tasks`;
  return [
    {
      name: 'no-healthy-target',
      measured: hosts(watched, 'HealthyHostCount', 'Maximum'),
      period: 60,
      comparison: 'below',
      threshold: 1,
      because: 'One is the least that can answer.',
      datapoints: [3, 3],
      patience: 'A single task that is replaced may leave a minute without one.',
      missing: 'breaching',
      severity: 'ticket',
      says: `The load balancer has had no healthy task of ${service.name} for 3 minutes.`,
      consequence: 'Every request is answered with 502 or 503.',
      runbook: 'runbooks/service.md#no-healthy-target',
      proof: { fault: 'service-stop', how: 'driven' },
    },
    {
      name: 'healthy-targets-low',
      measured: hosts(watched, 'HealthyHostCount', 'Minimum'),
      period: 60,
      comparison: 'below',
      threshold: service.minTasks,
      because: `The service is declared with at least ${tasks}, and a deployment never has fewer.`,
      datapoints: [5, 5],
      patience: 'A task that was lost is replaced within about three minutes.',
      missing: 'breaching',
      severity: 'ticket',
      says: `The load balancer has had less than ${tasks} of ${service.name} healthy for 5 minutes.`,
      consequence: 'The next one that is lost is an outage, or already is one.',
      runbook: 'runbooks/service.md#no-healthy-target',
      proof: { fault: 'service-stop', how: 'driven' },
    },
    {
      name: 'responses-slow',
      measured: elb('TargetResponseTime', { LoadBalancer: loadBalancer.name }, 'p90'),
      period: 60,
      comparison: 'above',
      threshold: answerSeconds,
      because: `${answerSeconds} s at the 90th percentile; uploads of models are the tail above it.`,
      datapoints: [5, 5],
      patience: 'A few large uploads fill a minute.',
      missing: 'notBreaching',
      severity: 'ticket',
      says: `One in ten answers of ${service.name} takes more than ${answerSeconds} s.`,
      consequence: 'Users wait; what they wait for is about to time out.',
      runbook: 'runbooks/service.md#responses-slow',
      proof: { fault: 'mlflow-late', how: 'driven' },
    },
    {
      name: 'requests-rejected',
      measured: elb('RejectedConnectionCount', { LoadBalancer: loadBalancer.name }, 'Sum'),
      period: 60,
      comparison: 'above',
      threshold: 0,
      because: 'The load balancer refuses a connection only at its own limit.',
      datapoints: [3, 5],
      patience: 'It grows by itself within minutes.',
      missing: 'notBreaching',
      severity: 'ticket',
      says: `The load balancer of ${service.name} has refused connections at its own limit.`,
      consequence: 'Users get no connection; those requests stand in no other number.',
      runbook: 'runbooks/service.md#load',
      proof: { fault: 'requests-rejected', how: 'injected' },
    },
  ];
};

export const loadBalancerRows = (watched: Watched): AlarmRow[] => [
  ...errorRows(watched),
  ...targetRows(watched),
];
