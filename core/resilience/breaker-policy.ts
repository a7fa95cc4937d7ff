/** How a circuit breaker decides. Every number has a unit, bounds and a reason; zero is refused. */

/** Failures that open a closed breaker. */
export type OpeningRule =
  /**
   * For what every request needs: so many failures in a row. A success starts the count anew. With `overMs`
   * they must also span at least that time, so that a busy service rides out a restart of a second or two on
   * its retries instead of turning it into an outage of the whole open time. Milliseconds; 0 unless given.
   */
  | { kind: 'consecutive'; failures: number; overMs?: number }
  /** For what is called often and may fail now and then: a share of the calls of the last while. */
  | { kind: 'windowed'; windowMs: number; minimumCalls: number; failureRatio: number };

export interface BreakerPolicy {
  opening: OpeningRule;
  /** A call that took longer counts as a failure; absent when no call is too slow. Milliseconds. */
  slowCallMs?: number;
  /** Time from opening to the first trial, milliseconds. */
  openMs: number;
  /** Longest such time; each failed recovery doubles it up to here. */
  openMaxMs: number;
  /** Share of the open time that is added at random, so that tasks do not try at the same moment. */
  jitter: number;
  /** Calls that may run at the same time while half-open; the others are rejected. */
  permits: number;
  /** Successes in a row that close it, at first. Each failed recovery asks for one more. */
  successes: number;
  /** Most successes that are ever asked for. */
  successesMax: number;
  /** Longest time that a trial may hold its permit; a hung one then counts as failed. Milliseconds. */
  trialMs: number;
  /** Time closed without opening after which the growth of one failed recovery is forgotten. Milliseconds. */
  stableMs: number;
}

/** Once its dependency answers again, a breaker must have closed after this time. Milliseconds. */
export const recoveryBoundMs = 60_000;

export const defaultBreakerPolicy: BreakerPolicy = {
  opening: { kind: 'consecutive', failures: 5 },
  openMs: 10_000,
  openMaxMs: 30_000,
  jitter: 0.2,
  permits: 1,
  successes: 2,
  successesMax: 5,
  trialMs: 10_000,
  stableMs: 120_000,
};

const bounded = (name: string, value: number, min: number, max: number): string | undefined =>
  Number.isFinite(value) && value >= min && value <= max
    ? undefined
    : `${name} is ${value}: write a number from ${min} to ${max}`;

const whole = (name: string, value: number, min: number, max: number): string | undefined =>
  Number.isInteger(value)
    ? bounded(name, value, min, max)
    : `${name} is ${value}: write a whole number from ${min} to ${max}`;

const openingProblems = (rule: OpeningRule): (string | undefined)[] =>
  rule.kind === 'consecutive'
    ? [
        whole('failures', rule.failures, 1, 1_000),
        rule.overMs === undefined ? undefined : bounded('overMs', rule.overMs, 0, 60_000),
      ]
    : [
        bounded('windowMs', rule.windowMs, 1_000, 600_000),
        whole('minimumCalls', rule.minimumCalls, 1, 10_000),
        bounded('failureRatio', rule.failureRatio, 0.01, 1),
      ];

/** Everything that is wrong with a policy; empty when it can be used. */
export const policyProblems = (policy: BreakerPolicy): string[] => {
  const longest = policy.trialMs + policy.openMaxMs * (1 + policy.jitter);
  return [
    ...openingProblems(policy.opening),
    policy.slowCallMs === undefined ? undefined : bounded('slowCallMs', policy.slowCallMs, 1, 600_000),
    bounded('openMs', policy.openMs, 1, policy.openMaxMs),
    bounded('openMaxMs', policy.openMaxMs, 1, recoveryBoundMs),
    bounded('jitter', policy.jitter, 0, 1),
    whole('permits', policy.permits, 1, 100),
    whole('successes', policy.successes, 1, policy.successesMax),
    whole('successesMax', policy.successesMax, 1, 100),
    bounded('trialMs', policy.trialMs, 1, recoveryBoundMs),
    bounded('stableMs', policy.stableMs, 1, 86_400_000),
    longest > recoveryBoundMs
      ? `trialMs and openMaxMs with jitter add up to ${longest} ms: write smaller ones; recovery must take at most ${recoveryBoundMs} ms`
      : undefined,
  ].filter((problem) => problem !== undefined);
};
