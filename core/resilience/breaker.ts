/**
 * A circuit breaker. Closed it counts failures; open it rejects; half-open it lets a few calls through and
 * rejects the rest, never queueing one. Results of calls that began before the last transition are ignored.
 * Reading its state changes nothing.
 */
import { type BreakerPolicy, policyProblems } from './breaker-policy.ts';
import type { BreakerState, BreakerStatus, Transition } from './breaker-status.ts';
import { type FailureWindow, failureWindow } from './failure-window.ts';
import { Permit, type Settle } from './permit.ts';
import { CircuitOpenError } from './rejection.ts';

export type Admission = { admitted: true; permit: Permit } | { admitted: false; rejection: CircuitOpenError };

export interface BreakerOptions {
  name: string;
  policy: BreakerPolicy;
  /** Monotonic milliseconds. */
  now?: () => number;
  /** Wall clock milliseconds, only for records. */
  wallClock?: () => number;
  /** From 0 up to 1. */
  random?: () => number;
}

type Listener = (transition: Transition) => void;

export class Breaker {
  readonly name: string;
  readonly policy: Readonly<BreakerPolicy>;
  readonly #now: () => number;
  readonly #wallClock: () => number;
  readonly #random: () => number;
  readonly #window: FailureWindow;
  readonly #listeners = new Set<Listener>();
  /** When each trial that is under way began, while half-open. */
  readonly #trials = new Map<Permit, number>();
  #state: BreakerState = 'closed';
  /** Raised by every transition; a permit of an older one is worthless. */
  #generation = 0;
  #since = 0;
  #sinceWallClock: number;
  #openUntil = 0;
  #heldOpen = false;
  #successes = 0;
  #failedRecoveries = 0;
  #openingCause: string | undefined;
  #lastFailureAt: number | undefined;
  #transitions = 0;

  /** @throws RangeError that lists everything wrong with the policy. */
  constructor(options: BreakerOptions) {
    const problems = policyProblems(options.policy);
    if (problems.length > 0)
      throw new RangeError(`circuit breaker "${options.name}": ${problems.join('; ')}`);
    this.name = options.name;
    this.policy = options.policy;
    this.#now = options.now ?? (() => performance.now());
    this.#wallClock = options.wallClock ?? Date.now;
    this.#random = options.random ?? Math.random;
    this.#window = failureWindow(options.policy.opening);
    this.#since = this.#now();
    this.#sinceWallClock = this.#wallClock();
  }

  /** Asks to make a call. The one that is admitted must use its permit when the call has ended. */
  admit(): Admission {
    if (this.#state === 'closed') return { admitted: true, permit: this.#permit() };
    const now = this.#now();
    this.#endHungTrials(now);
    if (this.#state === 'open' && !this.#heldOpen && now >= this.#openUntil)
      this.#enter('half-open', 'trial');
    if (this.#state === 'open' || this.#trials.size >= this.policy.permits)
      return { admitted: false, rejection: this.#rejection(now) };
    const permit = new Permit(this.#generation, now, this.#settle);
    this.#trials.set(permit, now);
    return { admitted: true, permit };
  }

  /**
   * Makes a call through the breaker.
   * @throws CircuitOpenError when it is not let through, else whatever the call throws.
   */
  async run<T>(
    call: () => Promise<T>,
    causeOf: (error: unknown) => string | undefined = () => 'UNKNOWN',
  ): Promise<T> {
    const admission = this.admit();
    if (!admission.admitted) throw admission.rejection;
    try {
      const value = await call();
      admission.permit.succeed();
      return value;
    } catch (error) {
      const cause = causeOf(error);
      if (cause === undefined) admission.permit.release();
      else admission.permit.fail(cause);
      throw error;
    }
  }

  /** Closes it and forgets everything, as if it were new. */
  reset(actor: string, reason: string): void {
    this.#heldOpen = false;
    this.#failedRecoveries = 0;
    this.#lastFailureAt = undefined;
    this.#window.clear();
    this.#enter('closed', reason, actor);
  }

  /** Opens it until `reset`: no trial is made. */
  holdOpen(actor: string, reason: string): void {
    this.#heldOpen = true;
    this.#openingCause = reason;
    this.#enter('open', reason, actor);
  }

  status(): BreakerStatus {
    const now = this.#now();
    return {
      name: this.name,
      state: this.#state,
      heldOpen: this.#heldOpen,
      failures: this.#window.failures(now),
      successes: this.#successes,
      successesRequired: this.#successesRequired(),
      failedRecoveries: this.#failedRecoveries,
      ...(this.#openingCause === undefined ? {} : { openingCause: this.#openingCause }),
      ...(this.#lastFailureAt === undefined ? {} : { lastFailureAt: this.#lastFailureAt }),
      retryAfterMs: this.#retryAfterMs(now),
      since: this.#sinceWallClock,
      transitions: this.#transitions,
    };
  }

  /** Calls the listener at each transition. One that throws disturbs neither the others nor the caller. */
  onTransition(listener: Listener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  #successesRequired(): number {
    return Math.min(this.policy.successes + this.#failedRecoveries, this.policy.successesMax);
  }

  #retryAfterMs(now: number): number {
    if (this.#state !== 'open') return 0;
    return this.#heldOpen ? Number.POSITIVE_INFINITY : Math.max(0, this.#openUntil - now);
  }

  #rejection(now: number): CircuitOpenError {
    const wait = this.#heldOpen ? this.policy.openMaxMs : this.#retryAfterMs(now);
    return CircuitOpenError.create(this.name, this.#openingCause ?? 'UNKNOWN', wait);
  }

  /** The clock is read only where a slow call counts: reading it costs more than all the rest of a call. */
  #permit(): Permit {
    const begun = this.policy.slowCallMs === undefined ? 0 : this.#now();
    return new Permit(this.#generation, begun, this.#settle);
  }

  /** A result counts unless the breaker has changed its state since the call began. */
  readonly #settle: Settle = (permit, result, cause) => {
    if (permit.generation !== this.#generation) return;
    if (this.#state === 'half-open') this.#trials.delete(permit);
    if (result === 'released') return;
    if (result === 'failed') return this.#noteFailure(cause ?? 'UNKNOWN', this.#now());
    const { slowCallMs } = this.policy;
    const slow = slowCallMs !== undefined && this.#now() - permit.begun > slowCallMs;
    if (slow) this.#noteFailure('SLOW', this.#now());
    else this.#noteSuccess();
  };

  #noteSuccess(): void {
    if (this.#state === 'closed') {
      this.#window.succeeded(this.#now);
      if (this.#failedRecoveries > 0) this.#decay(this.#now());
      return;
    }
    this.#successes += 1;
    if (this.#successes >= this.#successesRequired()) this.#enter('closed', 'recovered');
  }

  #noteFailure(cause: string, now: number): void {
    this.#lastFailureAt = this.#wallClock();
    const recovering = this.#state === 'half-open';
    if (!recovering && !this.#window.failed(now)) return;
    if (recovering) this.#failedRecoveries += 1;
    else this.#decay(now);
    this.#open(cause, now);
  }

  #open(cause: string, now: number): void {
    const { openMs, openMaxMs, jitter } = this.policy;
    const grown = Math.min(openMs * 2 ** this.#failedRecoveries, openMaxMs);
    this.#openUntil = now + grown * (1 + jitter * this.#random());
    this.#openingCause = cause;
    this.#enter('open', cause);
  }

  /** A trial that never ends is a failed one; without this a hung call would keep the breaker half-open. */
  #endHungTrials(now: number): void {
    if (this.#state !== 'half-open') return;
    const hung = [...this.#trials.values()].some((begun) => now - begun >= this.policy.trialMs);
    if (hung) this.#noteFailure('RESPONSE_TIMEOUT', now);
  }

  /** Forgets one failed recovery for each stable period. */
  #decay(now: number): void {
    if (this.#failedRecoveries === 0) return;
    const periods = Math.floor((now - this.#since) / this.policy.stableMs);
    if (periods === 0) return;
    this.#failedRecoveries = Math.max(0, this.#failedRecoveries - periods);
    this.#since += periods * this.policy.stableMs;
  }

  #enter(to: BreakerState, reason: string, actor?: string): void {
    const from = this.#state;
    this.#state = to;
    this.#generation += 1;
    this.#since = this.#now();
    this.#trials.clear();
    this.#successes = 0;
    if (to === 'closed') {
      this.#window.clear();
      this.#openingCause = undefined;
    }
    if (from === to && actor === undefined) return;
    this.#sinceWallClock = this.#wallClock();
    if (from !== to) this.#transitions += 1;
    const transition = {
      breaker: this.name,
      from,
      to,
      reason,
      at: this.#sinceWallClock,
      ...(actor ? { actor } : {}),
    };
    for (const listener of this.#listeners) {
      try {
        listener(transition);
      } catch {
        // A listener's defect is its own; the caller gets its result whatever listens.
      }
    }
  }
}
