import { causes } from '../../../../core/causes/index.ts';
import { availableConnections, memoryOf } from '../../connection-budget/index.ts';
import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';

const gib = 1024 ** 3;

/** What AWS recommends for RDS, with thresholds from the declared capacity. RDS publishes every minute. */
export const databaseRows = ({ database }: Watched): AlarmRow[] => {
  const { identifier, instanceClass, storageGib } = database;
  const rds = (metricName: string, statistic: 'Average' | 'Minimum' | 'Maximum' | 'p90') =>
    ({
      namespace: 'AWS/RDS',
      metricName,
      dimensions: { DBInstanceIdentifier: identifier },
      statistic,
    }) as const;
  const shared = { period: 60, severity: 'ticket', missing: 'notBreaching' } as const;
  const memoryPercent = 10;
  const storagePercent = 10;
  const connectionsPercent = 90;
  const connections = availableConnections(instanceClass);
  const cpuPercent = 90;
  const writeMs = 20;
  return [
    {
      ...shared,
      name: 'database-cpu-high',
      measured: rds('CPUUtilization', 'Average'),
      comparison: 'above',
      threshold: cpuPercent,
      because: 'As AWS recommends.',
      datapoints: [5, 5],
      patience: 'A report or a vacuum may take all of it for a few minutes.',
      says: `The processor of the database ${identifier} (${instanceClass}) has been used to more than ${cpuPercent} % for 5 minutes.`,
      consequence: 'Queries take longer, then time out.',
      runbook: 'runbooks/capacity.md#database-load',
      proof: { fault: 'database-cpu', how: 'injected' },
    },
    {
      ...shared,
      name: 'database-memory-low',
      measured: rds('FreeableMemory', 'Average'),
      comparison: 'below',
      threshold: Math.round((memoryOf(instanceClass) * gib * memoryPercent) / 100),
      because: `${memoryPercent} % of the ${memoryOf(instanceClass)} GiB of ${instanceClass}. AWS suggests 25 %, which PostgreSQL, whose cache may take three quarters, does not keep free when it is well.`,
      datapoints: [15, 15],
      patience: 'Caches are given back under pressure; what stays low is used.',
      says: `The database ${identifier} (${instanceClass}, ${memoryOf(instanceClass)} GiB) has had less than ${memoryPercent} % of its memory free for 15 minutes.`,
      consequence: 'It begins to swap, and is restarted when nothing is left.',
      runbook: causes.OUT_OF_MEMORY.runbook,
      proof: { fault: 'database-memory', how: 'injected' },
    },
    {
      ...shared,
      name: 'database-storage-low',
      measured: rds('FreeStorageSpace', 'Minimum'),
      comparison: 'below',
      threshold: Math.round((storageGib * gib * storagePercent) / 100),
      because: `${storagePercent} % of the ${storageGib} GiB that were allocated; at that mark RDS enlarges it, if it may.`,
      datapoints: [5, 5],
      patience: 'A temporary file goes away within minutes.',
      says: `The database ${identifier} has less than ${storagePercent} % of its ${storageGib} GiB of storage left.`,
      consequence: 'When it is full it takes no writes; it may also be that RDS did not enlarge it.',
      runbook: causes.DISK_FULL.runbook,
      proof: { fault: 'database-storage', how: 'injected' },
    },
    {
      ...shared,
      name: 'database-connections-high',
      measured: rds('DatabaseConnections', 'Maximum'),
      comparison: 'above',
      threshold: Math.floor((connections * connectionsPercent) / 100),
      because: `${connectionsPercent} % of the ${connections} connections that ${instanceClass} surely offers.`,
      datapoints: [5, 5],
      patience: 'A deployment doubles the pools for a minute or two.',
      says: `The database ${identifier} has more than ${connectionsPercent} % of the ${connections} connections that ${instanceClass} surely offers.`,
      consequence: 'New connections are about to be refused.',
      runbook: causes.HEADROOM_LOW.runbook,
      proof: { fault: 'database-connections', how: 'injected' },
    },
    {
      ...shared,
      name: 'database-transaction-ids',
      measured: rds('MaximumUsedTransactionIDs', 'Maximum'),
      comparison: 'above',
      threshold: 1_000_000_000,
      because: 'As AWS recommends: half of what PostgreSQL has before it stops taking writes.',
      datapoints: [1, 1],
      patience: 'It falls only when something is done.',
      says: `The database ${identifier} has used a thousand million transaction ids: vacuum does not keep up.`,
      consequence: 'At two thousand million PostgreSQL takes no writes, to protect the data.',
      runbook: 'runbooks/capacity.md#transaction-ids',
      proof: { fault: 'database-transaction-ids', how: 'injected' },
    },
    {
      ...shared,
      name: 'database-writes-slow',
      measured: rds('WriteLatency', 'p90'),
      comparison: 'above',
      // RDS publishes seconds.
      threshold: writeMs / 1_000,
      because: `${writeMs} ms, as AWS recommends; storage of type gp3 takes one or two.`,
      datapoints: [5, 5],
      patience: 'A checkpoint or a backup slows writes for a moment.',
      says: `The storage of the database ${identifier} takes more than ${writeMs} ms for a write.`,
      consequence: 'Every registration waits for it.',
      runbook: 'runbooks/capacity.md#database-load',
      proof: { fault: 'database-writes', how: 'injected' },
    },
  ];
};
