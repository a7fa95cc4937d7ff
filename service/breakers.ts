import {
  Breaker,
  type BreakerPolicy,
  BreakerRegistry,
  defaultBreakerPolicy,
} from '../core/resilience/index.ts';
import type { SettingsReading } from '../core/settings/index.ts';

export type BreakerName = 'postgres' | 'redis' | 'mlflow' | 'auth';

/** How each dependency differs from the default, by how critical it is and what a failed call costs. */
const differences = (reading: SettingsReading): Record<BreakerName, Partial<BreakerPolicy>> => ({
  // Every request needs it: a restart of a second or two is ridden out, a longer outage is refused fast.
  postgres: {
    opening: {
      kind: 'consecutive',
      failures: reading.get('POSTGRES_CB_FAILURE_THRESHOLD'),
      overMs: reading.get('POSTGRES_CB_FAILURE_PERIOD') * 1_000,
    },
    openMs: reading.get('POSTGRES_CB_RECOVERY_TIMEOUT') * 1_000,
  },
  // Nothing waits for it, so it is left alone early.
  redis: {
    opening: { kind: 'consecutive', failures: reading.get('REDIS_CB_FAILURE_THRESHOLD') },
    openMs: reading.get('REDIS_CB_RECOVERY_TIMEOUT') * 1_000,
    trialMs: 2_000,
  },
  mlflow: {
    opening: { kind: 'consecutive', failures: reading.get('MLFLOW_CB_FAILURE_THRESHOLD') },
    openMs: reading.get('MLFLOW_CB_RECOVERY_TIMEOUT') * 1_000,
  },
  auth: {
    opening: { kind: 'consecutive', failures: reading.get('AUTH_CB_FAILURE_THRESHOLD') },
    openMs: reading.get('AUTH_CB_RECOVERY_TIMEOUT') * 1_000,
    trialMs: 5_000,
  },
});

/** One breaker for each dependency that is used. */
export const createBreakers = (reading: SettingsReading): BreakerRegistry => {
  const redis = reading.get('REDIS_ENABLED');
  const policies = Object.entries(differences(reading)).filter(([name]) => name !== 'redis' || redis);
  return new BreakerRegistry(
    policies.map(([name, policy]) => new Breaker({ name, policy: { ...defaultBreakerPolicy, ...policy } })),
  );
};
