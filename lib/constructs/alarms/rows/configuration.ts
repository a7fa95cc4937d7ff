import { causes } from '../../../../core/causes/index.ts';
import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';
import { databaseNameSilent } from './probes.ts';

const finding = {
  period: 300,
  comparison: 'above',
  threshold: 0,
  because: 'Every comparison must hold.',
  datapoints: [1, 1],
  patience: 'Configuration does not flicker: one finding is a finding.',
  missing: 'notBreaching',
  severity: 'ticket',
} as const satisfies Partial<AlarmRow>;

/** Everything that the database-name probe can tell. */
export const databaseNameRows = (functions: Pick<Watched['functions'], 'databaseName'>): AlarmRow[] => [
  {
    ...finding,
    name: 'database-name-mismatch',
    measured: { metric: 'DatabaseNameMismatch', dependency: 'postgres', statistic: 'Maximum' },
    says: `Settings, RDS, secret, task definition and server do not name the same database, or the database lacks a table, a column or a right that the service needs (${functions.databaseName}); its report names which.`,
    consequence:
      'Tasks fail at their next start, or write into the wrong database; without a table or a right, requests fail now.',
    runbook: causes.DATABASE_NAME_MISMATCH.runbook,
    proof: { fault: 'database-name', how: 'driven' },
  },
  {
    ...finding,
    name: 'configuration-drift',
    measured: { metric: 'ConfigurationDrift', dependency: 'postgres', statistic: 'Maximum' },
    says: `The running task definition is not what the contract and the deployment say (${functions.databaseName}); its report lists each finding with its repair.`,
    consequence: 'Tasks work with settings that nobody deployed, or fail at their next start.',
    runbook: causes.TASK_DEFINITION_DRIFT.runbook,
    proof: { fault: 'task-definition', how: 'driven' },
  },
  databaseNameSilent(functions),
];
