/**
 * Tells a pool that is busy from one that hangs. Both have no connection left; but where every connection waits
 * for the server and none has heard of it for a whole wait, the server is what is wrong.
 */
export class Progress {
  readonly #now: () => number;
  readonly #size: number;
  /** Statements, and connection attempts, that wait for the server. */
  #asking = 0;
  #connecting = 0;
  #heardAt = Number.NEGATIVE_INFINITY;
  /** When the last free place was taken; undefined while there is one. */
  #fullSince: number | undefined;

  constructor(size: number, now: () => number) {
    this.#size = size;
    this.#now = now;
  }

  /** Told whenever a place is taken or given back. */
  noteInUse(inUse: number): void {
    if (inUse < this.#size) this.#fullSince = undefined;
    else this.#fullSince ??= this.#now();
  }

  /** The server has said something, a refusal included. */
  heard(): void {
    this.#heardAt = this.#now();
  }

  async asking<T>(work: () => Promise<T>): Promise<T> {
    this.#asking += 1;
    try {
      return await work();
    } finally {
      this.#asking -= 1;
    }
  }

  /** A connection attempt, until it has ended one way or the other. */
  connecting(attempt: Promise<unknown>): void {
    this.#connecting += 1;
    const end = () => {
      this.#connecting -= 1;
    };
    attempt.then(end, end);
  }

  /** What hangs, when nothing was heard for so long while every place waits for the server. */
  hanging(forMs: number): 'connecting' | 'asking' | undefined {
    if (this.#fullSince === undefined || this.#asking + this.#connecting < this.#size) return undefined;
    if (this.#now() - Math.max(this.#heardAt, this.#fullSince) < forMs) return undefined;
    return this.#connecting > this.#asking ? 'connecting' : 'asking';
  }
}
