/** One breaker per dependency, found by name. */
import type { Breaker } from './breaker.ts';
import type { BreakerStatus, Transition } from './breaker-status.ts';

export class BreakerRegistry {
  readonly #breakers: ReadonlyMap<string, Breaker>;

  /** @throws RangeError when two breakers have one name. */
  constructor(breakers: readonly Breaker[]) {
    const names = breakers.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined)
      throw new RangeError(`two circuit breakers are named "${twice}": give each dependency one breaker`);
    this.#breakers = new Map(breakers.map((breaker) => [breaker.name, breaker]));
  }

  /** The breaker of this name; undefined for an unknown one. */
  get(name: string): Breaker | undefined {
    return this.#breakers.get(name);
  }

  names(): string[] {
    return [...this.#breakers.keys()];
  }

  statuses(): BreakerStatus[] {
    return [...this.#breakers.values()].map((breaker) => breaker.status());
  }

  /** Calls the listener at each transition of any of them. */
  onTransition(listener: (transition: Transition) => void): Disposable {
    const subscriptions = [...this.#breakers.values()].map((breaker) => breaker.onTransition(listener));
    return {
      [Symbol.dispose]: () => {
        for (const subscription of subscriptions) subscription[Symbol.dispose]();
      },
    };
  }
}
