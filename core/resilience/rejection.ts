/** Why a call was not let through. Thrown many times while a dependency is down, so it costs no stack trace. */
export class CircuitOpenError extends Error {
  override readonly name = 'CircuitOpenError';
  readonly code = 'CIRCUIT_OPEN';
  readonly breaker: string;
  /** What opened it: a cause code, or the word of an operator. */
  override readonly cause: string;
  /** Milliseconds until the next call may be let through. */
  readonly retryAfterMs: number;

  private constructor(breaker: string, cause: string, retryAfterMs: number) {
    super(`circuit breaker "${breaker}" is open (${cause}); try again in ${Math.ceil(retryAfterMs)} ms`);
    this.breaker = breaker;
    this.cause = cause;
    this.retryAfterMs = retryAfterMs;
  }

  /** Makes one without walking the stack, which would cost more than all the rest of a rejection. */
  static create(breaker: string, cause: string, retryAfterMs: number): CircuitOpenError {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return new CircuitOpenError(breaker, cause, retryAfterMs);
    } finally {
      Error.stackTraceLimit = limit;
    }
  }
}
