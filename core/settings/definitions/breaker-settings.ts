/** The two settings that every circuit breaker has. */
import type { SettingGroup } from './definition.ts';
import { service } from './readers.ts';

export const failureThreshold = <G extends SettingGroup>(group: G) =>
  ({
    group,
    kind: 'integer',
    default: 5,
    min: 1,
    max: 100,
    readers: service,
    tuned: true,
    doc: 'Failures in a row after which the circuit breaker of this dependency opens.',
  }) as const;

export const recoveryTimeout = <G extends SettingGroup>(group: G) =>
  ({
    group,
    kind: 'seconds',
    default: 10,
    min: 1,
    max: 30,
    readers: service,
    tuned: true,
    doc: 'Time from opening to the first recovery trial; later ones grow, up to 30 s.',
    reason: 'A breaker must close within 60 s of the recovery of its dependency.',
  }) as const;
