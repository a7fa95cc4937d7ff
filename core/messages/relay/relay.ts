/** Delivers what the outbox holds, for as long as it runs. Any number of relays may run beside each other. */
import type { RedisTransport } from '../redis/send.ts';
import type { SqlDatabase } from '../sql.ts';
import { MemoryChanged, type Transport, TransportDown } from '../transport.ts';
import { recall, resend } from './memory.ts';
import { type PassOptions, type PassReport, relayPass } from './pass.ts';

export interface RelayEvents {
  passed?(report: PassReport): void;
  /** When it goes down, and when it is down for another cause; not for each attempt. */
  down?(cause: string, detail: string): void;
  up?(): void;
  resent?(count: number, serverId: string): void;
  /** A defect, or a database that is away. */
  failed?(error: unknown): void;
}

export interface RelayOptions extends PassOptions {
  transport: Transport | RedisTransport;
  /** Longest time between two looks at an outbox that was empty, milliseconds. */
  pollMs: number;
  events?: RelayEvents;
}

/** First and longest pause after a failure, milliseconds. */
const firstPauseMs = 250;
const longestPauseMs = 5_000;

const hasMemory = (transport: Transport | RedisTransport): transport is RedisTransport =>
  'known' in transport;

export class Relay {
  readonly #options: RelayOptions;
  readonly #database: SqlDatabase;
  readonly #random: () => number;
  #running: Promise<void> | undefined;
  #stopped = true;
  #ending = new AbortController();
  #recalled = false;
  /** Why the transport is down; undefined while it is not. */
  #down: string | undefined;
  #failures = 0;
  /** Messages of the next pass: fewer after one that the database failed in, since they may be large. */
  #batch: number;
  #wake: () => void = () => {};
  #woken = false;
  /** Monotonic milliseconds of the last pass that ended well, and of the last look at the transport's memory. */
  #lastPassAt: number | undefined;
  #lastCheckAt = Number.NEGATIVE_INFINITY;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#database = options.database;
    this.#random = options.random ?? Math.random;
    this.#batch = options.batch;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#ending = new AbortController();
    this.#running = this.#run();
  }

  /** Something was published: look now. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /**
   * No further claim and no further sending; resolves once what is under way has ended and the rest was given back, and at
   * the latest after `ms`.
   */
  async drain(ms: number): Promise<void> {
    this.#stopped = true;
    this.#ending.abort();
    this.#wake();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.#running, late]);
    clearTimeout(timer);
  }

  /** Milliseconds since the last pass that ended well; undefined before the first. */
  get idleMs(): number | undefined {
    return this.#lastPassAt === undefined ? undefined : performance.now() - this.#lastPassAt;
  }

  get isDown(): boolean {
    return this.#down !== undefined;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) await this.#pause(await this.#step());
  }

  /** One pass; gives the pause until the next one. */
  async #step(): Promise<number> {
    const { transport, pollMs, events } = this.#options;
    this.#woken = false;
    try {
      if (!this.#recalled && hasMemory(transport)) await recall(this.#database, transport);
      this.#recalled = true;
      const report = await relayPass({
        ...this.#options,
        batch: this.#batch,
        signal: this.#ending.signal,
      });
      this.#batch = Math.min(this.#batch + Math.ceil(this.#options.batch / 10), this.#options.batch);
      if (report.claimed === 0) await this.#check();
      // It was sent, and yet not to the server that is noted: another relay, or a restored database, knows another.
      if (report.lost > 0) this.#recalled = false;
      this.#lastPassAt = performance.now();
      this.#failures = 0;
      if (this.isDown) events?.up?.();
      this.#down = undefined;
      events?.passed?.(report);
      return report.claimed > 0 ? 0 : pollMs;
    } catch (error) {
      return this.#after(error);
    }
  }

  /** With nothing to send nobody would find out that the transport has lost what was sent before. */
  async #check(): Promise<void> {
    const { transport, pollMs } = this.#options;
    const now = performance.now();
    if (!hasMemory(transport) || (!this.isDown && now - this.#lastCheckAt < pollMs)) return;
    await transport.check();
    this.#lastCheckAt = now;
  }

  async #after(error: unknown): Promise<number> {
    const { transport, events } = this.#options;
    if (error instanceof MemoryChanged && hasMemory(transport)) {
      try {
        const { count, serverId } = await resend(this.#database, transport);
        // Otherwise another relay has seen to it.
        if (count > 0) events?.resent?.(count, serverId);
        return 0;
      } catch (failure) {
        return this.#after(failure);
      }
    }
    this.#failures += 1;
    if (error instanceof TransportDown) {
      if (this.#down !== error.cause) events?.down?.(error.cause, error.message);
      this.#down = error.cause;
    } else {
      this.#batch = Math.max(1, Math.floor(this.#batch / 2));
      events?.failed?.(error);
    }
    const grown = Math.min(firstPauseMs * 2 ** (this.#failures - 1), longestPauseMs);
    return grown * (0.5 + 0.5 * this.#random());
  }

  #pause(ms: number): Promise<void> {
    if (ms === 0 || this.#stopped) return Promise.resolve();
    // While the transport is away nothing that is published brings it back.
    if (this.#woken && this.#failures === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#wake = () => {
        if (this.#failures === 0 || this.#stopped) end();
      };
    });
  }
}
