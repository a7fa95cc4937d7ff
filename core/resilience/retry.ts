/**
 * Repeats a call whose failure may pass, with exponential backoff and full jitter: the delay before attempt
 * n + 1 is drawn evenly from 0 to base × 2^(n-1), at most `maxDelayMs`
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */

/** What is known of a failed attempt. */
export interface AttemptFailure {
  /** Cause code, for the log. */
  cause: string;
  /** Whether the same call may succeed later with nobody changing anything. */
  transient: boolean;
  /**
   * Whether the server may have done what was asked: the connection broke after the request was sent. Such a
   * call is repeated only when repeating it does no harm.
   */
  outcomeUnknown: boolean;
}

export type AttemptResult<T> =
  | { ok: true; value: T }
  | { ok: false; failure: AttemptFailure; error: unknown };

export interface RetryPolicy {
  /** Further attempts after the first, 0 or more. */
  retries: number;
  /** Upper bound of the first delay, milliseconds. */
  baseDelayMs: number;
  /** Upper bound of every delay, milliseconds. */
  maxDelayMs: number;
  /** Whether the call may be made twice: a read, or a write that carries its idempotency key. */
  repeatable: boolean;
}

export interface RetryOptions {
  policy: RetryPolicy;
  /** Time left for everything, milliseconds; no attempt begins after a delay that would use it up. */
  remainingMs?: () => number;
  random?: () => number;
  sleep?: (ms: number) => Promise<void>;
  /** Hears of every failed attempt, and of the delay before the next one if there is one. */
  onFailure?: (attempt: number, failure: AttemptFailure, delayMs: number | undefined) => void;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Everything that is wrong with a policy; empty when it can be used. */
export const retryProblems = ({ retries, baseDelayMs, maxDelayMs }: RetryPolicy): string[] => {
  const problems: string[] = [];
  if (!Number.isInteger(retries) || retries < 0 || retries > 10)
    problems.push(`retries is ${retries}: write a whole number from 0 to 10`);
  if (!(baseDelayMs > 0 && baseDelayMs <= 30_000))
    problems.push(`baseDelayMs is ${baseDelayMs}: write a number above 0, up to 30000`);
  if (!(maxDelayMs >= baseDelayMs && maxDelayMs <= 60_000))
    problems.push(`maxDelayMs is ${maxDelayMs}: write a number from baseDelayMs to 60000`);
  return problems;
};

/** Whether another attempt is safe and may help. */
export const mayRepeat = (failure: AttemptFailure, policy: Pick<RetryPolicy, 'repeatable'>): boolean =>
  failure.transient && (!failure.outcomeUnknown || policy.repeatable);

/**
 * Makes the call, and again while that is safe, may help and there is time.
 * @throws RangeError for a policy that cannot be used; never for a failed call, which is the result.
 */
export const retry = async <T>(
  attempt: (number: number) => Promise<AttemptResult<T>>,
  options: RetryOptions,
): Promise<AttemptResult<T>> => {
  const {
    policy,
    remainingMs = () => Number.POSITIVE_INFINITY,
    random = Math.random,
    sleep = wait,
  } = options;
  const problems = retryProblems(policy);
  if (problems.length > 0) throw new RangeError(`retry policy: ${problems.join('; ')}`);
  for (let number = 1; ; number++) {
    const result = await attempt(number);
    if (result.ok) return result;
    const delayMs = random() * Math.min(policy.baseDelayMs * 2 ** (number - 1), policy.maxDelayMs);
    const again = number <= policy.retries && mayRepeat(result.failure, policy) && delayMs < remainingMs();
    options.onFailure?.(number, result.failure, again ? delayMs : undefined);
    if (!again) return result;
    await sleep(delayMs);
  }
};
