/** Settings: The probes. */
import type { SettingDefinition } from './definition.ts';
import { database, probes } from './readers.ts';

export const probeSettings = {
  PROBE_DEPENDENCIES: {
    group: 'probe',
    kind: 'list',
    choices: ['postgres', 'redis', 'mlflow', 'auth'],
    default: 'postgres,redis,mlflow,auth',
    min: 1,
    max: 4,
    readers: ['connectivity-probe'],
    doc: 'What the connectivity probe checks, separated by commas; the settings of the others are not needed.',
  },
  PROBE_DEADLINE: {
    group: 'probe',
    kind: 'seconds',
    default: 20,
    min: 1,
    max: 50,
    readers: probes,
    tuned: true,
    doc: 'Deadline of one whole run of a probe; shorter than the timeout of the function.',
  },
  SECRET_READ_TIMEOUT: {
    group: 'probe',
    kind: 'seconds',
    default: 3,
    min: 0.1,
    max: 10,
    readers: database,
    doc: 'Deadline of reading one secret or one record from an AWS API.',
  },
  ECS_CLUSTER: {
    group: 'probe',
    kind: 'text',
    readers: ['database-name-probe'],
    doc: 'Cluster that the service runs in.',
  },
  ECS_SERVICE: {
    group: 'probe',
    kind: 'text',
    readers: ['database-name-probe'],
    doc: 'ECS service whose running task definition is compared.',
  },
} as const satisfies Record<string, SettingDefinition>;
