import type { BreakerRegistry, Transition } from '../core/resilience/index.ts';
import type { Log } from './log.ts';

/** Transitions that are kept for /health/history. */
const kept = 200;

/** Each transition is one log line, one count and one entry of the history. */
export class BreakerLog {
  readonly #transitions: Transition[] = [];

  constructor(breakers: BreakerRegistry, log: Log, count: (breaker: string) => void) {
    breakers.onTransition((transition) => {
      this.#transitions.push(transition);
      if (this.#transitions.length > kept) this.#transitions.shift();
      const { breaker, from, to, reason, actor } = transition;
      if (from !== to) count(breaker);
      const fields = { breaker, from, to, reason, ...(actor === undefined ? {} : { actor }) };
      const message =
        from === to ? `circuit breaker ${breaker} stays ${to}` : `circuit breaker ${breaker} is ${to}`;
      if (to === 'open') log.warn(fields, message);
      else log.info(fields, message);
    });
  }

  /** Oldest first. */
  transitions(): readonly Transition[] {
    return this.#transitions;
  }
}
