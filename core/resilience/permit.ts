/** What becomes of a call that was let through. */
export type Settle = (permit: Permit, result: 'succeeded' | 'failed' | 'released', cause?: string) => void;

/** One call that was let through. Exactly one of its verbs counts, the first. */
export class Permit {
  readonly generation: number;
  /** When the call began, monotonic milliseconds; 0 where the breaker does not need it. */
  readonly begun: number;
  readonly #settle: Settle;
  #used = false;

  constructor(generation: number, begun: number, settle: Settle) {
    this.generation = generation;
    this.begun = begun;
    this.#settle = settle;
  }

  succeed(): void {
    this.#use('succeeded');
  }

  /** @param cause why, such as a cause code; it is shown while the breaker is open */
  fail(cause: string): void {
    this.#use('failed', cause);
  }

  /** The call ended without saying anything about the dependency, such as one that its caller gave up. */
  release(): void {
    this.#use('released');
  }

  #use(result: 'succeeded' | 'failed' | 'released', cause?: string): void {
    if (this.#used) return;
    this.#used = true;
    this.#settle(this, result, cause);
  }
}
