/**
 * Places for connections. Whoever finds none waits in line, for a bounded time, in a line of bounded length:
 * while the database is away, neither memory nor latency grows.
 */
export type Taken = 'taken' | 'late' | 'full';

interface Waiter {
  resolve(taken: Taken): void;
  timer: NodeJS.Timeout;
}

export class Slots {
  readonly size: number;
  readonly #queueSize: number;
  readonly #waiters = new Set<Waiter>();
  #inUse = 0;

  constructor(size: number, queueSize: number) {
    this.size = size;
    this.#queueSize = queueSize;
  }

  get inUse(): number {
    return this.#inUse;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Takes a place, first come first served. Never rejects. */
  take(waitMs: number): Promise<Taken> {
    if (this.#inUse < this.size) {
      this.#inUse += 1;
      return Promise.resolve('taken');
    }
    if (this.#waiters.size >= this.#queueSize) return Promise.resolve('full');
    return new Promise((resolve) => {
      const waiter: Waiter = {
        resolve,
        timer: setTimeout(() => {
          this.#waiters.delete(waiter);
          resolve('late');
        }, waitMs),
      };
      this.#waiters.add(waiter);
    });
  }

  /** Ends every wait at once. */
  endWaits(): void {
    for (const { resolve, timer } of this.#waiters) {
      clearTimeout(timer);
      resolve('late');
    }
    this.#waiters.clear();
  }

  /** Gives a place back: to the first in line, if there is one. */
  give(): void {
    const [first] = this.#waiters;
    if (!first) {
      this.#inUse -= 1;
      return;
    }
    this.#waiters.delete(first);
    clearTimeout(first.timer);
    first.resolve('taken');
  }
}
