export { type Admission, Breaker, type BreakerOptions } from './breaker.ts';
export {
  type BreakerPolicy,
  defaultBreakerPolicy,
  type OpeningRule,
  policyProblems,
  recoveryBoundMs,
} from './breaker-policy.ts';
export {
  type BreakerState,
  type BreakerStatus,
  breakerStateNumber,
  type Transition,
} from './breaker-status.ts';
export { Permit } from './permit.ts';
export { BreakerRegistry } from './registry.ts';
export { CircuitOpenError } from './rejection.ts';
export {
  type AttemptFailure,
  type AttemptResult,
  mayRepeat,
  type RetryOptions,
  type RetryPolicy,
  retry,
  retryProblems,
} from './retry.ts';
