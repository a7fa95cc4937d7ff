/**
 * Keeps a few connections to Redis, in the background and for ever: whoever has a command takes one that is
 * ready or is told at once why there is none. One attempt to connect is under way at a time, so that a server
 * that is away is not stormed.
 */
import type { Socket } from 'node:net';
import { budgetOf, type Failure, monotonicNow, type Outcome, within } from '../../core/checks/index.ts';
import type { RedisTarget } from '../../core/settings/index.ts';
import type { Credentials } from '../credentials.ts';
import type { Log } from '../log.ts';
import { Connection } from './connection.ts';
import { ConnectionChanges } from './connection-changes.ts';
import { type CommandFailure, notConnected, notSent } from './failure.ts';
import type { RedisLimits } from './limits.ts';
import { type Attempt, createOpening } from './opening.ts';

export interface RedisState {
  /** Connections that are wanted, and those that are ready. */
  size: number;
  ready: number;
  /** Commands that wait for their answers. */
  pending: number;
  /** Why there are fewer connections than wanted; absent while all are there, and before the first attempt ended. */
  failure?: Failure;
}

export interface RedisPoolOptions {
  target: RedisTarget;
  credentials: Credentials;
  limits: RedisLimits;
  log: Log;
  /** From 0 up to 1. */
  random?: () => number;
  /** Monotonic milliseconds. */
  now?: () => number;
}

export type Taken = { ok: true; value: Connection } | { ok: false; failure: CommandFailure };

const lost: Failure = {
  cause: 'CONNECTION_LOST',
  detail: 'the connection broke after it had been established',
};

export class RedisPool {
  readonly #options: Required<RedisPoolOptions>;
  readonly #attempt: () => Promise<Attempt>;
  /** Those that take commands. */
  #ready: Connection[] = [];
  /** Those whose socket is open. */
  readonly #open = new Set<Connection>();
  #opening: Promise<void> | undefined;
  #pause: NodeJS.Timeout | undefined;
  /** Failed attempts in a row. */
  #failures = 0;
  #failure: Failure | undefined;
  readonly #changes: ConnectionChanges;
  #closed = false;

  constructor(options: RedisPoolOptions) {
    this.#options = { random: Math.random, now: monotonicNow, ...options };
    const { target, credentials, limits, log, now } = this.#options;
    this.#changes = new ConnectionChanges(log, target);
    this.#attempt = createOpening({ target, credentials, dnsMs: limits.dnsMs, now });
  }

  get state(): RedisState {
    return {
      size: this.#options.limits.poolSize,
      ready: this.#ready.length,
      pending: this.#pending,
      ...(this.#failure ? { failure: this.#failure } : {}),
    };
  }

  /** Begins to connect. */
  start(): void {
    this.#fill();
  }

  /** The connection with the fewest commands waiting; never waits for one. */
  take(commands: number): Taken {
    const { poolSize, pending: most } = this.#options.limits;
    if (this.#closed)
      return { ok: false, failure: notSent('CONNECTION_LOST', 'the client is closed: the service stops') };
    const pending = this.#pending;
    if (pending + commands > most) {
      const detail = `${pending} commands wait for their answers on ${poolSize} connections; ${most} may`;
      return { ok: false, failure: notSent('POOL_EXHAUSTED', detail, { pending, most }) };
    }
    let value: Connection | undefined;
    for (const connection of this.#ready)
      if (connection.usable && (!value || connection.pending < value.pending)) value = connection;
    if (value) return { ok: true, value };
    // The end of a connection is known a moment before it is taken out.
    const failure = this.#ready.length > 0 ? lost : this.#failure;
    if (failure) return { ok: false, failure: notConnected(failure) };
    return { ok: false, failure: notSent('CONNECT_TIMEOUT', 'the first connection is still being made') };
  }

  /** Ends every connection; commands that were sent get their deadline, at most so long. */
  async close(withinMs: number): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#pause);
    this.#ready = [];
    for (const connection of this.#open) connection.retire();
    const ends = [...this.#open].map(({ ended }) => ended);
    await within(budgetOf(withinMs), Promise.all([...ends, this.#opening]));
    for (const connection of this.#open) connection.end();
  }

  get #pending(): number {
    let sum = 0;
    for (const { pending } of this.#open) sum += pending;
    return sum;
  }

  /** Makes the next connection, unless all are there, one is being made, or a pause is on. */
  #fill(): void {
    if (this.#closed || this.#opening || this.#pause) return;
    if (this.#ready.length >= this.#options.limits.poolSize) return;
    this.#opening = this.#openOne()
      .catch((error: unknown) => {
        this.#failed({ cause: 'UNKNOWN', detail: `connecting itself failed: ${error}` });
      })
      .finally(() => {
        this.#opening = undefined;
        this.#fill();
      });
  }

  async #openOne(): Promise<void> {
    const attempt = await this.#attempt();
    const made = attempt.outcome.ok ? await this.#connection(attempt.outcome.value.socket) : attempt.outcome;
    if (!made.ok) return this.#failed(made.failure, attempt);
    const connection = made.value;
    this.#open.add(connection);
    connection.ended.then(() => {
      this.#open.delete(connection);
      if (this.#ready.includes(connection)) this.#replace([connection], lost);
    });
    // Closed while it was being made.
    if (this.#closed) return connection.end();
    this.#ready.push(connection);
    if (this.#ready.length === this.#options.limits.poolSize) this.#failure = undefined;
    this.#changes.connected(this.#ready.length, this.#failures + 1, attempt);
  }

  async #connection(socket: Socket): Promise<Outcome<Connection>> {
    const { target, now } = this.#options;
    const { driverOver } = await import('./driver.ts');
    try {
      const driver = await driverOver(socket);
      const value = new Connection({
        driver,
        socket,
        commandMs: target.commandTimeoutMs,
        now,
        onSuspect: (suspect, failure) => this.#suspect(suspect, failure),
      });
      return { ok: true, value };
    } catch {
      // The socket was closed in the meantime.
      socket.destroy();
      return { ok: false, failure: lost };
    }
  }

  /** One that is dead goes alone; when it leads to the wrong node, so do all that were made before. */
  #suspect(connection: Connection, { replaces, cause, detail, evidence }: CommandFailure): void {
    if (!this.#ready.includes(connection)) return;
    this.#replace(replaces ? this.#ready : [connection], { cause, detail, evidence });
  }

  #replace(gone: readonly Connection[], failure: Failure): void {
    const { limits, now } = this.#options;
    this.#ready = this.#ready.filter((connection) => !gone.includes(connection));
    for (const connection of gone) connection.retire();
    if (this.#closed) return;
    this.#failure = failure;
    this.#changes.fewer(failure, this.#ready.length);
    // Whoever loses each connection as soon as it is made must not make them in a storm.
    const stable = gone.every(({ openedAt }) => now() - openedAt >= limits.reconnectMaxMs);
    if (stable) this.#failures = 0;
    else this.#wait();
    this.#fill();
  }

  #failed(failure: Failure, attempt?: Attempt): void {
    if (this.#closed) return;
    this.#failure = failure;
    this.#wait();
    this.#changes.attemptFailed(failure, this.#failures, attempt);
    this.#changes.fewer(failure, this.#ready.length);
  }

  /** Full jitter below a bound that doubles with each failed attempt. */
  #wait(): void {
    const { random, limits } = this.#options;
    const bound = Math.min(limits.reconnectMs * 2 ** this.#failures, limits.reconnectMaxMs);
    this.#failures += 1;
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#fill();
    }, random() * bound);
  }
}
