/**
 * Why a call was not let through. Made for every call while a dependency is down, so it costs neither a stack
 * trace nor a message that nobody reads: the message is put together when it is asked for.
 */
export class CircuitOpenError extends Error {
  /** Name of the breaker. */
  readonly breaker: string;
  /** What opened it: a cause code, or the word of an operator. */
  override readonly cause: string;
  /** Milliseconds until the next call may be let through. */
  readonly retryAfterMs: number;

  private constructor(breaker: string, cause: string, retryAfterMs: number) {
    super();
    this.breaker = breaker;
    this.cause = cause;
    this.retryAfterMs = retryAfterMs;
  }

  override get name(): string {
    return 'CircuitOpenError';
  }

  get code(): string {
    return 'CIRCUIT_OPEN';
  }

  override get message(): string {
    return `circuit breaker "${this.breaker}" is open (${this.cause}); try again in ${Math.ceil(this.retryAfterMs)} ms`;
  }

  static create(breaker: string, cause: string, retryAfterMs: number): CircuitOpenError {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    const rejection = new CircuitOpenError(breaker, cause, retryAfterMs);
    Error.stackTraceLimit = limit;
    return rejection;
  }
}
