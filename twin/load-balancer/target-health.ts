import type { HealthCheckSettings } from './definition.ts';

/** The states of a registered target (Elastic Load Balancing API, TargetHealth). */
export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining';

/** Why a check failed. */
export type CheckReason = 'Target.ResponseCodeMismatch' | 'Target.Timeout' | 'Target.FailedHealthChecks';

/** Why a target is in a state other than healthy, in the API's words. */
export type TargetReason =
  | CheckReason
  | 'Elb.RegistrationInProgress'
  | 'Elb.InitialHealthChecking'
  | 'Target.DeregistrationInProgress';

export type CheckResult = { durationMs: number } & (
  | { ok: true }
  | { ok: false; reason: CheckReason; detail: string }
);

export interface TargetTransition {
  from: TargetState;
  to: TargetState;
  /** Undefined for healthy. */
  reason: TargetReason | undefined;
  /** What was seen, for people. */
  detail: string;
  at: Date;
}

/** What the load balancer thinks of one target. */
export interface TargetHealth {
  state: TargetState;
  reason: TargetReason | undefined;
  /** How long the last check took; undefined before the first one. */
  lastCheckMs: number | undefined;
  /** Takes the result of a check; returns the change that it brings. */
  record(result: CheckResult): TargetTransition | undefined;
  /** No new request goes there any more. */
  deregister(): TargetTransition | undefined;
}

/**
 * A newly registered target is healthy after one passed check, whatever the threshold; the threshold is for
 * one that was unhealthy (Elastic Load Balancing, health checks for target groups).
 */
export const createTargetHealth = ({
  healthyThreshold,
  unhealthyThreshold,
}: Pick<HealthCheckSettings, 'healthyThreshold' | 'unhealthyThreshold'>): TargetHealth => {
  let inARow = 0;
  let lastOk: boolean | undefined;

  const change = (
    to: TargetState,
    reason: TargetReason | undefined,
    detail: string,
  ): TargetTransition | undefined => {
    const { state: from } = health;
    Object.assign(health, { state: to, reason });
    return from === to ? undefined : { from, to, reason, detail, at: new Date() };
  };

  const health: TargetHealth = {
    state: 'initial',
    reason: 'Elb.RegistrationInProgress',
    lastCheckMs: undefined,
    record: (result) => {
      health.lastCheckMs = result.durationMs;
      inARow = result.ok === lastOk ? inARow + 1 : 1;
      lastOk = result.ok;
      const { state } = health;
      if (state === 'draining') return undefined;
      if (result.ok) {
        if (state === 'initial') return change('healthy', undefined, 'the first check passed');
        if (state === 'unhealthy' && inARow >= healthyThreshold)
          return change('healthy', undefined, `${inARow} checks in a row passed`);
        return undefined;
      }
      if (inARow >= unhealthyThreshold)
        return change('unhealthy', result.reason, `${inARow} checks in a row failed: ${result.detail}`);
      if (state === 'initial') return change('initial', 'Elb.InitialHealthChecking', result.detail);
      return undefined;
    },
    deregister: () => change('draining', 'Target.DeregistrationInProgress', 'it was deregistered'),
  };
  return health;
};
