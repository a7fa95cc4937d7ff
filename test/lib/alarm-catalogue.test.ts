import { describe, expect, it } from '@jest/globals';
import { conditionNames, conditions } from '../../core/conditions/index.ts';
import { type MetricDefinition, metrics } from '../../core/metrics/index.ts';
import {
  type AlarmRow,
  alarmRows,
  type CompositeRow,
  compositeRows,
  refusals,
  type SeriesRef,
} from '../../lib/index.ts';
import { everything } from '../fixtures/watched.ts';

const rows = alarmRows(everything);
const composites = compositeRows(everything);
const all: (AlarmRow | CompositeRow)[] = [...rows, ...composites];

const seriesOf = ({ measured }: AlarmRow): SeriesRef[] =>
  'expression' in measured ? Object.values(measured.of) : [measured];

const named = (name: string): AlarmRow => {
  const row = rows.find((one) => one.name === name);
  if (!row) throw new Error(`no alarm ${name}`);
  return row;
};

describe('the catalogue of alarms', () => {
  it('tells every condition that is more than what others have in common, and each once', () => {
    const told = all.map(({ name }) => name).sort();
    const common = conditionNames.filter((name) => !told.includes(name));
    for (const name of common) expect([name, conditions[name].leadsTo.length > 1]).toEqual([name, true]);
    expect(new Set(told).size).toBe(told.length);
  });

  it('says of what the database-name probe counts that it may be names, tables or rights', () => {
    for (const text of [
      named('database-name-mismatch').says,
      conditions['database-name-mismatch'].means,
      metrics.DatabaseNameMismatch.doc,
    ])
      expect(text).toMatch(/name.*(lacks|tables with their columns and rights)/);
  });

  it('watches only metrics that exist, with exactly the dimensions that they are published with', () => {
    for (const row of rows)
      for (const series of seriesOf(row)) {
        if (!('metric' in series)) continue;
        const metric: MetricDefinition = metrics[series.metric];
        const dependencies = metric.dependencies.length === 0 ? [undefined] : metric.dependencies;
        expect([row.name, dependencies]).toEqual([row.name, expect.arrayContaining([series.dependency])]);
      }
  });

  it('hears of the silence of every dense metric of ours: what publishes it is missed by an alarm', () => {
    const missed = new Set(
      rows
        .filter(({ missing }) => missing === 'breaching')
        .flatMap(seriesOf)
        .flatMap((series) => ('metric' in series ? [series.metric] : [])),
    );
    /** Metrics that are published together, by the one that is missed when they are. */
    const publishedWith: Record<string, (keyof typeof metrics)[]> = {
      Up: ['DurationMs', 'ConnectDurationMs', 'FailedLayer', 'CertificateDaysLeft'],
      DatabaseNameMismatch: ['ConfigurationDrift'],
      ConnectionHeadroomPercent: [],
      HealthStatus: [
        'ConnectionAttempts',
        'ConnectionFailures',
        'PoolUtilizationPercent',
        'PoolWaiting',
        'QueryDurationMs',
        'BreakerState',
        'OutboxDepth',
        'OutboxOldestAgeSeconds',
        'DeadLetters',
        'ConsumerIdleSeconds',
      ],
    };
    expect([...missed].sort()).toEqual(Object.keys(publishedWith).sort());
    const sparse = ['BreakerTransitions', 'ConfigurationChanges', 'ConfigurationChangesByHand'];
    const covered = [...Object.entries(publishedWith).flat(2), ...sparse];
    expect(Object.keys(metrics).filter((name) => !covered.includes(name))).toEqual([]);
  });

  it.each(all.map((row) => [row.name, row] as const))(
    '%s names the resource, what follows, a runbook, and the fault that proves it',
    (_name, { says, consequence, runbook, proof }) => {
      const resources = Object.values(everything.functions)
        .concat(everything.database.identifier, everything.service.name, everything.cache?.clusterId ?? '')
        .concat(Object.values(everything.topics).flatMap(({ alarms, people }) => [alarms, people]));
      expect(resources.some((name) => says.includes(name))).toBe(true);
      expect(consequence).toMatch(/^[A-Z5].{15,}\.$/);
      expect(runbook).toMatch(/^runbooks\/[a-z]+\.md#[a-z_-]+$/);
      expect(proof.fault).toMatch(/^[a-z0-9-]+$/);
    },
  );

  it.each(rows.map((row) => [row.name, row] as const))(
    '%s says where its threshold comes from and why it waits as long as it does',
    (_name, { because, patience, datapoints: [breaching, of] }) => {
      expect(because.length).toBeGreaterThan(10);
      expect(patience.length).toBeGreaterThan(10);
      expect(breaching).toBeLessThanOrEqual(of);
    },
  );

  it('pages for the impact on users alone', () => {
    expect(all.filter(({ severity }) => severity === 'page').map(({ name }) => name)).toEqual([
      'user-impact',
    ]);
  });

  it('pages after three minutes of impact, and not for a failover of two', () => {
    const [userImpact] = composites;
    const parts = userImpact?.anyOf.map(([first]) => named(String(first)).datapoints[0]);
    expect(parts).toEqual([3, 3, 3]);
  });

  it('derives thresholds from what is declared', () => {
    const small = alarmRows({
      ...everything,
      database: { identifier: 'small', instanceClass: 'db.t4g.small', storageGib: 20 },
      service: { ...everything.service, minTasks: 1, poolSize: 4 },
      probeTimeout: 10,
      headroomPercent: 30,
    });
    const threshold = (from: AlarmRow[], name: string) => from.find((row) => row.name === name)?.threshold;
    const gib = 1024 ** 3;
    expect(threshold(rows, 'database-memory-low')).toBeCloseTo(0.8 * gib, -1);
    expect(threshold(small, 'database-memory-low')).toBeCloseTo(0.2 * gib, -1);
    expect(threshold(rows, 'database-storage-low')).toBe(10 * gib);
    expect(threshold(small, 'database-storage-low')).toBe(2 * gib);
    expect(threshold(small, 'database-connections-high')).toBeLessThan(
      threshold(rows, 'database-connections-high') ?? 0,
    );
    expect(threshold(small, 'healthy-targets-low')).toBe(1);
    expect(threshold(small, 'pool-waiting')).toBe(4);
    expect(threshold(small, 'connectivity-probe-slow')).toBe(8_000);
    expect(threshold(small, 'connections-headroom-low')).toBe(30);
  });

  it('counts the hosts of both target groups of a canary', () => {
    const canary = alarmRows({
      ...everything,
      loadBalancer: { name: 'app/shop-test/1', targetGroups: ['targetgroup/blue/1', 'targetgroup/green/2'] },
    });
    expect(canary.find(({ name }) => name === 'no-healthy-target')?.measured).toMatchObject({
      expression: 'hosts1 + hosts2',
      of: {
        hosts1: { dimensions: { TargetGroup: 'targetgroup/blue/1' }, statistic: 'Maximum' },
        hosts2: { dimensions: { TargetGroup: 'targetgroup/green/2' }, statistic: 'Maximum' },
      },
    });
  });

  it('has what AWS recommends for each service in use, or the reason why not', () => {
    const recommended: Record<string, string[]> = {
      'AWS/RDS': [
        ...[
          'CPUUtilization',
          'DatabaseConnections',
          'FreeableMemory',
          'FreeStorageSpace',
          'FreeLocalStorage',
        ],
        ...['EBSByteBalance%', 'EBSIOBalance%', 'MaximumUsedTransactionIDs', 'ReadLatency', 'WriteLatency'],
        ...['ReplicaLag', 'DBLoad'],
      ],
      'AWS/ECS': [
        ...['CPUUtilization', 'MemoryUtilization', 'CPUReservation', 'MemoryReservation'],
        ...['HTTPCode_Target_5XX_Count', 'TargetResponseTime', 'EBSFilesystemUtilization'],
      ],
      'ECS/ContainerInsights': ['RunningTaskCount', 'EphemeralStorageUtilized'],
      'AWS/ElastiCache': [
        ...['CPUUtilization', 'EngineCPUUtilization', 'DatabaseMemoryUsagePercentage', 'CurrConnections'],
        'ReplicationLag',
      ],
      'AWS/SQS': [
        ...['ApproximateAgeOfOldestMessage', 'ApproximateNumberOfMessagesNotVisible'],
        ...['ApproximateNumberOfMessagesVisible', 'NumberOfMessagesSent'],
      ],
      'AWS/SNS': [
        ...['NumberOfNotificationsFailed', 'NumberOfNotificationsDelivered'],
        ...['NumberOfNotificationsFilteredOut-InvalidAttributes', 'NumberOfNotificationsRedrivenToDlq'],
      ],
      'AWS/Lambda': ['Errors', 'Throttles', 'Duration', 'ConcurrentExecutions', 'ClaimedAccountConcurrency'],
      'AWS/NATGateway': ['ErrorPortAllocation', 'PacketsDropCount'],
      'AWS/CertificateManager': ['DaysToExpiry'],
    };
    const watched = rows
      .flatMap(seriesOf)
      .flatMap((series) => ('metric' in series ? [] : [`${series.namespace} ${series.metricName}`]));
    const refused = refusals.map(({ metric }) => metric);
    const wanted = Object.entries(recommended).flatMap(([space, names]) => names.map((n) => `${space} ${n}`));
    expect(wanted.filter((metric) => !watched.includes(metric) && !refused.includes(metric))).toEqual([]);
    expect(refusals.filter(({ because }) => because.length < 12)).toEqual([]);
  });
});
