/** Counts failures the way an opening rule wants, in constant memory. */
import type { OpeningRule } from './breaker-policy.ts';

export interface FailureWindow {
  /** Notes a success. The clock is a function, because a rule without a window does not need to read it. */
  succeeded(now: () => number): void;
  /** Notes a failure; true when the rule says that the breaker must open. */
  failed(now: number): boolean;
  clear(): void;
  /** Failures counted now; for people. */
  failures(now: number): number;
}

class ConsecutiveFailures implements FailureWindow {
  readonly #limit: number;
  readonly #overMs: number;
  #count = 0;
  /** When the first of the row came. */
  #since = 0;

  constructor({ failures, overMs = 0 }: Extract<OpeningRule, { kind: 'consecutive' }>) {
    this.#limit = failures;
    this.#overMs = overMs;
  }

  succeeded(): void {
    this.#count = 0;
  }

  failed(now: number): boolean {
    if (this.#count === 0) this.#since = now;
    this.#count += 1;
    return this.#count >= this.#limit && now - this.#since >= this.#overMs;
  }

  clear(): void {
    this.#count = 0;
  }

  failures(): number {
    return this.#count;
  }
}

/** The window is kept in slices of a tenth, so that it slides without remembering single calls. */
const slices = 10;

interface Slice {
  /** Number of the slice since the clock began; -1 when it was never used. */
  number: number;
  calls: number;
  failures: number;
}

class WindowedFailures implements FailureWindow {
  readonly #rule: Extract<OpeningRule, { kind: 'windowed' }>;
  readonly #slices: Slice[] = Array.from({ length: slices }, () => ({ number: -1, calls: 0, failures: 0 }));

  constructor(rule: Extract<OpeningRule, { kind: 'windowed' }>) {
    this.#rule = rule;
  }

  succeeded(now: () => number): void {
    this.#slice(now()).calls += 1;
  }

  failed(now: number): boolean {
    const slice = this.#slice(now);
    slice.calls += 1;
    slice.failures += 1;
    const calls = this.#sum(now, 'calls');
    return calls >= this.#rule.minimumCalls && this.#sum(now, 'failures') / calls >= this.#rule.failureRatio;
  }

  clear(): void {
    for (const slice of this.#slices) Object.assign(slice, { number: -1, calls: 0, failures: 0 });
  }

  failures(now: number): number {
    return this.#sum(now, 'failures');
  }

  #numberAt(now: number): number {
    return Math.floor((now * slices) / this.#rule.windowMs);
  }

  #slice(now: number): Slice {
    const number = this.#numberAt(now);
    const slice = this.#slices[number % slices] as Slice;
    if (slice.number !== number) Object.assign(slice, { number, calls: 0, failures: 0 });
    return slice;
  }

  #sum(now: number, what: 'calls' | 'failures'): number {
    const oldest = this.#numberAt(now) - slices + 1;
    return this.#slices.reduce((total, slice) => total + (slice.number >= oldest ? slice[what] : 0), 0);
  }
}

export const failureWindow = (rule: OpeningRule): FailureWindow =>
  rule.kind === 'consecutive' ? new ConsecutiveFailures(rule) : new WindowedFailures(rule);
