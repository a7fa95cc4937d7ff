/** Time that a piece of work may still take, on a monotonic clock. A part never outlives the whole. */
export interface Budget {
  /** Milliseconds left, never negative. */
  remaining(): number;
  /** A budget for a part: at most `ms`, and never more than what is left of the whole. */
  part(ms: number): Budget;
}

export const monotonicNow = (): number => performance.now();

export const budgetOf = (ms: number, now: () => number = monotonicNow): Budget => {
  const end = now() + ms;
  return {
    remaining: () => Math.max(0, end - now()),
    part: (partMs) => budgetOf(Math.min(partMs, Math.max(0, end - now())), now),
  };
};

/**
 * Calls back when the budget is used up, unless the function that it returns was called before. What has arrived
 * by then is read first: a process that had no time to read must not take an answer that is there for silence.
 */
export const atEndOf = (budget: Budget, callback: () => void): (() => void) => {
  let cancelled = false;
  // Timers run before sockets are read, immediates after.
  const timer = setTimeout(
    () =>
      setImmediate(() => {
        if (!cancelled) callback();
      }),
    Math.ceil(budget.remaining()),
  );
  return () => {
    cancelled = true;
    clearTimeout(timer);
  };
};

/** Resolves with the result, or with `undefined` when the budget is used up first. Never rejects by itself. */
export const within = async <T>(budget: Budget, work: Promise<T>): Promise<T | undefined> => {
  let cancel = () => {};
  const expired = new Promise<undefined>((resolve) => {
    cancel = atEndOf(budget, () => resolve(undefined));
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, expired]);
  } finally {
    cancel();
  }
};

/** Longest time to find out more once something has failed, milliseconds. */
export const explanationMs = 1_000;

/**
 * A budget for an attempt: at most `ms`, and of what is left of the whole a part stays for finding out why it
 * failed, a fifth or {@link explanationMs}.
 */
export const attemptBudget = (whole: Budget, ms: number): Budget => {
  const left = whole.remaining();
  return whole.part(Math.min(ms, left - Math.min(explanationMs, left / 5)));
};
