import type { Breaker } from '../core/resilience/index.ts';

/** How often an open breaker is looked at, milliseconds. */
const lookMs = 1_000;

/**
 * Makes the trials of a breaker that nobody uses, so that it closes once its dependency is back even without
 * traffic. `trial` makes one call through the breaker and never rejects.
 */
export const recoverWithoutTraffic = (breaker: Breaker, trial: () => Promise<void>): Disposable => {
  let timer: NodeJS.Timeout | undefined;
  let busy = false;
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };
  const look = () => {
    const { state, heldOpen, retryAfterMs } = breaker.status();
    if (state === 'closed') return stop();
    if (busy || heldOpen || retryAfterMs > 0) return;
    busy = true;
    trial().finally(() => {
      busy = false;
    });
  };
  const listening = breaker.onTransition(({ to }) => {
    if (to !== 'open') return;
    timer ??= setInterval(look, lookMs).unref();
  });
  return {
    [Symbol.dispose]: () => {
      listening[Symbol.dispose]();
      stop();
    },
  };
};
