export {
  type Admission,
  Breaker,
  type BreakerOptions,
  type BreakerState,
  type BreakerStatus,
  breakerStateNumber,
  type Permit,
  type Transition,
} from './breaker.ts';
export {
  type BreakerPolicy,
  defaultBreakerPolicy,
  type OpeningRule,
  policyProblems,
  recoveryBoundMs,
} from './breaker-policy.ts';
export { CircuitOpenError } from './rejection.ts';
