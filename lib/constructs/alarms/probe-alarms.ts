import { causes } from '../../../core/causes/index.ts';
import type { Dependency } from '../../../core/checks/index.ts';
import type { AlarmRow } from './alarm-row.ts';

/** What is lost while a dependency is away, and where to begin. */
const dependencies: Readonly<Record<Dependency, Pick<AlarmRow, 'severity' | 'consequence' | 'runbook'>>> = {
  postgres: {
    severity: 'page',
    consequence: 'Registration and every route that reads the database fail.',
    runbook: causes.CONNECT_TIMEOUT.runbook,
  },
  redis: {
    severity: 'ticket',
    consequence: 'Messages wait in PostgreSQL until it is back; requests are served.',
    runbook: causes.CONNECTION_REFUSED.runbook,
  },
  mlflow: {
    severity: 'ticket',
    consequence: 'The MLflow proxy and registrations that ask MLflow fail.',
    runbook: causes.NO_HEALTHY_TARGET.runbook,
  },
  auth: {
    severity: 'ticket',
    consequence: 'API keys that are not in the cache cannot be validated.',
    runbook: causes.UPSTREAM_ERROR.runbook,
  },
};

const silence = {
  statistic: 'SampleCount',
  comparison: 'below',
  threshold: 1,
  missing: 'breaching',
  severity: 'page',
  dependency: 'postgres',
  runbook: 'runbooks/probes.md#silence',
} as const satisfies Partial<AlarmRow>;

/** The connectivity probe: one alarm for each dependency that fails, one for a probe that says nothing. */
export const connectivityAlarms = (watched: readonly Dependency[], functionName: string): AlarmRow[] => [
  ...watched.map(
    (dependency): AlarmRow => ({
      name: `${dependency}-down`,
      metric: 'Up',
      dependency,
      statistic: 'Minimum',
      period: 60,
      comparison: 'below',
      threshold: 1,
      // One lost packet does not wake anybody; a real outage does within two minutes.
      datapoints: [2, 3],
      // No data is the silence alarm's business.
      missing: 'notBreaching',
      says: `The connectivity probe (${functionName}) cannot use ${dependency}; its report names layer and cause.`,
      investigated: true,
      ...dependencies[dependency],
    }),
  ),
  {
    ...silence,
    // Every run publishes a value for each that is watched; one of them is enough to hear of silence.
    dependency: watched[0] ?? 'postgres',
    name: 'connectivity-probe-silent',
    metric: 'Up',
    period: 60,
    datapoints: [3, 3],
    says: `The connectivity probe (${functionName}) has published nothing for 3 minutes.`,
    consequence: 'Nobody is told when a connection fails.',
  },
];

/** The database-name probe. */
export const databaseNameAlarms = (functionName: string): AlarmRow[] => [
  {
    name: 'database-name-mismatch',
    metric: 'DatabaseNameMismatch',
    dependency: 'postgres',
    statistic: 'Maximum',
    period: 300,
    comparison: 'above',
    threshold: 0,
    // Configuration does not flicker: one finding is a finding.
    datapoints: [1, 1],
    missing: 'notBreaching',
    severity: 'page',
    says: `Settings, RDS, secret, task definition and server do not name the same database (${functionName}); its report names the one that differs.`,
    consequence: 'Tasks fail at their next start, or write into the wrong database.',
    runbook: causes.DATABASE_NAME_MISMATCH.runbook,
  },
  {
    name: 'configuration-drift',
    metric: 'ConfigurationDrift',
    dependency: 'postgres',
    statistic: 'Maximum',
    period: 300,
    comparison: 'above',
    threshold: 0,
    datapoints: [1, 1],
    missing: 'notBreaching',
    severity: 'ticket',
    says: `The running task definition is not what the contract and the deployment say (${functionName}); its report lists each finding with its repair.`,
    consequence: 'Tasks work with settings that nobody deployed, or fail at their next start.',
    runbook: causes.TASK_DEFINITION_DRIFT.runbook,
  },
  {
    ...silence,
    name: 'database-name-probe-silent',
    metric: 'DatabaseNameMismatch',
    period: 300,
    datapoints: [2, 2],
    says: `The database-name probe (${functionName}) has published nothing for 10 minutes.`,
    consequence: 'Nobody is told when configuration drifts from the database that exists.',
  },
];
