/**
 * Watches one dependency in the background. Requests read what it last found and never wait for it. It uses
 * no breaker and feeds none: watching must not change what is watched.
 */
import {
  type Budget,
  budgetOf,
  type Check,
  type Dependency,
  failedCheck,
  monotonicNow,
  within,
} from '../../core/checks/index.ts';
import { History } from './history.ts';

export type Verdict = 'unknown' | 'up' | 'down';

export interface MonitorState {
  dependency: Dependency;
  critical: boolean;
  verdict: Verdict;
  /** It was up, and no check has succeeded for longer than the limit: that is no longer to be trusted. */
  stale: boolean;
  /** Failed checks in a row. */
  failures: number;
  /** Wall clock time of the last change of verdict, milliseconds since 1970. */
  since: number;
  /** The last result, and when it came. */
  check?: Check;
  checkedAt?: number;
  lastUpAt?: number;
  lastDownAt?: number;
}

export interface MonitorOptions {
  dependency: Dependency;
  critical: boolean;
  /** One check within its budget. Its failure is its result. */
  check(budget: Budget): Promise<Check>;
  /** From the beginning of one check to the next, milliseconds. */
  intervalMs: number;
  /** Longest check. */
  deadlineMs: number;
  /** Age of the last success at which `up` is no longer believed. */
  staleMs: number;
  /** Failures in a row that make it down. */
  threshold: number;
  onVerdict?(state: MonitorState, before: Verdict): void;
  /** Monotonic milliseconds. */
  now?: () => number;
  wallClock?: () => number;
  random?: () => number;
}

/** Shortest pause between two checks, as a part of the interval: a check that took long is not repeated at once. */
const leastPause = 0.1;
/** After a first failure the next check comes sooner, so that one lost answer and an outage are told apart. */
const suspicion = 0.5;
/** Part of the interval that is added at random, so that tasks do not check in step. */
const jitter = 0.1;

export class Monitor {
  readonly dependency: Dependency;
  readonly history = new History();
  readonly #options: MonitorOptions;
  readonly #now: () => number;
  readonly #wallClock: () => number;
  readonly #random: () => number;
  #verdict: Verdict = 'unknown';
  #since: number;
  #failures = 0;
  #check: Check | undefined;
  #succeededAt = Number.NEGATIVE_INFINITY;
  #checkedAt: number | undefined;
  #lastUpAt: number | undefined;
  #lastDownAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = true;

  constructor(options: MonitorOptions) {
    this.dependency = options.dependency;
    this.#options = options;
    this.#now = options.now ?? monotonicNow;
    this.#wallClock = options.wallClock ?? Date.now;
    this.#random = options.random ?? Math.random;
    this.#since = this.#wallClock();
  }

  /** Checks now and then every interval. */
  start(): void {
    this.#stopped = false;
    this.#begin();
  }

  /** No check begins after this; resolves when the one that runs has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Checks as soon as none is running: something has happened that is worth a look. */
  checkSoon(): void {
    if (this.#stopped || this.#running) return;
    clearTimeout(this.#timer);
    this.#begin();
  }

  /** Reading it changes nothing. */
  state(): MonitorState {
    const { dependency, critical, staleMs } = this.#options;
    const known = <T>(name: string, value: T | undefined) => (value === undefined ? {} : { [name]: value });
    return {
      dependency,
      critical,
      verdict: this.#verdict,
      stale: this.#verdict === 'up' && this.#now() - this.#succeededAt > staleMs,
      failures: this.#failures,
      since: this.#since,
      ...known('check', this.#check),
      ...known('checkedAt', this.#checkedAt),
      ...known('lastUpAt', this.#lastUpAt),
      ...known('lastDownAt', this.#lastDownAt),
    };
  }

  #begin(): void {
    const begun = this.#now();
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (!this.#stopped) this.#timer = setTimeout(() => this.#begin(), this.#pause(begun)).unref();
    });
  }

  #pause(begun: number): number {
    const { intervalMs, threshold } = this.#options;
    const suspected = this.#failures > 0 && this.#failures < threshold;
    const wanted = intervalMs * (suspected ? suspicion : 1) * (1 + jitter * this.#random());
    return Math.max(wanted - (this.#now() - begun), intervalMs * leastPause);
  }

  /** One check. At its deadline it has failed, and no other begins before it has really ended. */
  async #run(): Promise<void> {
    const { dependency, deadlineMs, check } = this.#options;
    const budget = budgetOf(deadlineMs, this.#now);
    const work = check(budget).catch((error: unknown) =>
      failedCheck(dependency, '', { cause: 'UNKNOWN', detail: `the check itself failed: ${error}` }),
    );
    const found = await within(budgetOf(deadlineMs + overrunMs), work);
    const detail = `the check did not end within ${deadlineMs} ms`;
    this.#note(found ?? failedCheck(dependency, '', { cause: 'RESPONSE_TIMEOUT', detail }));
    if (!found) await work;
  }

  #note(check: Check): void {
    const at = this.#wallClock();
    this.history.add(check, at);
    this.#check = check;
    this.#checkedAt = at;
    this.#failures = check.ok ? 0 : this.#failures + 1;
    if (check.ok) {
      this.#succeededAt = this.#now();
      this.#lastUpAt = at;
    } else this.#lastDownAt = at;
    const before = this.#verdict;
    if (check.ok) this.#verdict = 'up';
    else if (this.#failures >= this.#options.threshold) this.#verdict = 'down';
    if (before === this.#verdict) return;
    this.#since = at;
    this.#options.onVerdict?.(this.state(), before);
  }
}

/** What a check may take longer than its budget before it counts as hung, milliseconds. */
const overrunMs = 250;
