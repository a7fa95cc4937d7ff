/** What a breaker says of itself. */
export type BreakerState = 'closed' | 'half-open' | 'open';

/** The number of each state in the metric `BreakerState`. */
export const breakerStateNumber: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };

export interface Transition {
  breaker: string;
  from: BreakerState;
  to: BreakerState;
  /** A cause code, or what an operator said. */
  reason: string;
  /** Who, when a person did it. */
  actor?: string;
  /** Wall clock time, milliseconds since 1970. */
  at: number;
}

export interface BreakerStatus {
  name: string;
  state: BreakerState;
  heldOpen: boolean;
  failures: number;
  /** Successes so far, and how many are asked for, while half-open. */
  successes: number;
  successesRequired: number;
  failedRecoveries: number;
  openingCause?: string;
  /** Wall clock time of the last failure that counted; absent when there was none, or since a reset. */
  lastFailureAt?: number;
  /** Milliseconds until a trial may begin; 0 when not open. */
  retryAfterMs: number;
  /** Wall clock time of the last transition. */
  since: number;
  transitions: number;
}
