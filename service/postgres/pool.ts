import pg from 'pg';
import type { CauseCode } from '../../core/causes/index.ts';
import { type Budget, budgetOf, type Failure, monotonicNow, within } from '../../core/checks/index.ts';
import type { PostgresTarget } from '../../core/settings/index.ts';
import type { Credentials } from '../credentials.ts';
import type { Log } from '../log.ts';
import { connectFailure, DatabaseError, type OperationFailure } from './failure.ts';
import { type Attempt, LadderClient, type Rung } from './ladder-client.ts';
import type { PostgresLimits } from './limits.ts';
import { Progress } from './progress.ts';
import { Slots } from './slots.ts';

export interface PoolStats {
  size: number;
  inUse: number;
  idle: number;
  waiting: number;
  /** Connection attempts since the start, and those that failed. */
  attempts: number;
  failedAttempts: number;
  /** How often all connections were replaced: after a failure of the server, or by an operator. */
  replaced: number;
}

export interface PoolOptions {
  target: PostgresTarget;
  credentials: Credentials;
  limits: PostgresLimits;
  log: Log;
  random?: () => number;
}

/** A connection that is lent out. It must be given back, once. */
export interface Lease {
  client: pg.PoolClient;
  /**
   * @param end `close` for a connection on which something has failed, `replace` when all that were made before
   * are suspect too; those made since stay
   */
  release(end: 'keep' | 'close' | 'replace', reason?: string): void;
}

/** What a request is told when the connection attempt that it waits for has not got further in time. */
const stillAt: Record<Rung, { cause: CauseCode; at: string }> = {
  dns: { cause: 'DNS_TIMEOUT', at: 'looking up the name' },
  tcp: { cause: 'CONNECT_TIMEOUT', at: 'connecting' },
  tls: { cause: 'TLS_TIMEOUT', at: 'the TLS handshake' },
  auth: { cause: 'RESPONSE_TIMEOUT', at: 'the login' },
  ready: { cause: 'RESPONSE_TIMEOUT', at: 'the login' },
};

/**
 * The connections of the service: the driver's pool behind a line of bounded length. All of them are replaced
 * when one shows that the server went away or is no longer the writer, because the others would fail the same
 * way, one request each.
 */
export class ConnectionPool {
  /** What the server is asked, and when it was last heard. */
  readonly progress: Progress;
  /** Told how a connection attempt ended that nobody waits for any more; undefined when it succeeded. */
  onAbandoned: (failure: OperationFailure | undefined) => void = () => undefined;
  readonly #options: PoolOptions;
  readonly #slots: Slots;
  #pool: pg.Pool;
  #newest: LadderClient | undefined;
  #attempts = 0;
  #failedAttempts = 0;
  /** Failed connection attempts in a row. */
  #failuresInRow = 0;
  #replaced = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#slots = new Slots(options.limits.poolSize, options.limits.queueSize);
    this.progress = new Progress(options.limits.poolSize, monotonicNow);
    this.#pool = this.#create();
  }

  get stats(): PoolStats {
    const { size, inUse, waiting } = this.#slots;
    return {
      size,
      inUse,
      idle: this.#pool.idleCount,
      waiting,
      attempts: this.#attempts,
      failedAttempts: this.#failedAttempts,
      replaced: this.#replaced,
    };
  }

  /** @throws DatabaseError when there is no connection within the budget */
  async acquire(whole: Budget): Promise<Lease> {
    const { acquireMs } = this.#options.limits;
    if (this.#closed) {
      const detail = 'the pool is closed: the service stops';
      throw new DatabaseError(connectFailure({ cause: 'CONNECTION_LOST', detail }));
    }
    const budget = whole.part(acquireMs);
    const place = await this.#slots.take(budget.remaining());
    if (place !== 'taken') throw new DatabaseError(this.#noPlace(place));
    this.progress.noteInUse(this.#slots.inUse);
    return this.#connect(budget, true);
  }

  /** Ends the waits for a connection: there will be none soon. */
  endWaits(): void {
    this.#slots.endWaits();
  }

  /** Replaces every connection: idle ones close now, those in use when they are given back. */
  replace(reason: string): void {
    if (this.#closed) return;
    const old = this.#pool;
    this.#pool = this.#create();
    this.#replaced += 1;
    this.#options.log.warn(
      { reason, dependency: 'postgres', ...this.stats },
      'database connections replaced',
    );
    old.end().catch(() => undefined);
  }

  /** Closes every connection; waits for those in use, at most so long. */
  async close(withinMs: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await within(budgetOf(withinMs), this.#pool.end());
  }

  #create(): pg.Pool {
    const { limits, ...options } = this.#options;
    const made = (client: LadderClient) => {
      this.#newest = client;
    };
    const onAttempt = (attempt: Attempt) => this.#note(attempt);
    class PooledClient extends LadderClient {
      constructor() {
        super({ ...options, limits, applicationName: 'breakwater-api', onAttempt });
        made(this);
      }
    }
    const pool = new pg.Pool({
      Client: PooledClient,
      max: limits.poolSize,
      idleTimeoutMillis: limits.idleMs,
    });
    pool.on('error', (error) => {
      if (pool === this.#pool) this.replace(`an idle connection broke: ${error.message}`);
    });
    return pool;
  }

  /** The place is taken: lends an idle connection or makes one. A rejected password is read again once. */
  async #connect(budget: Budget, renew: boolean): Promise<Lease> {
    const pool = this.#pool;
    const before = this.#newest;
    const connecting = pool.connect();
    const begun = monotonicNow();
    const fresh = this.#newest === before ? undefined : this.#newest;
    if (fresh) this.progress.connecting(connecting);
    let client: pg.PoolClient | undefined;
    try {
      client = await within(budget, connecting);
    } catch (error) {
      const { usedPassword } = fresh ?? {};
      const rejected = error instanceof DatabaseError && error.cause === 'PASSWORD_REJECTED';
      if (rejected && renew && usedPassword && (await this.#options.credentials.renew(usedPassword)))
        return this.#connect(budget, false);
      this.#give();
      throw error;
    }
    if (!client) {
      this.#abandon(connecting, pool);
      const late = monotonicNow() - begun < this.#options.limits.acquireMs / 2;
      throw new DatabaseError(late ? this.#noPlace('late') : connectFailure(this.#stillConnecting(fresh)));
    }
    if ((client as unknown as LadderClient).expired && !fresh) {
      client.release(true);
      return this.#connect(budget, renew);
    }
    return this.#lease(client, pool);
  }

  #lease(client: pg.PoolClient, pool: pg.Pool): Lease {
    let released = false;
    return {
      client,
      release: (end, reason = 'it failed') => {
        if (released) return;
        released = true;
        if (end === 'replace' && pool === this.#pool) this.replace(reason);
        client.release(end !== 'keep');
        this.#give();
      },
    };
  }

  #give(): void {
    this.#slots.give();
    this.progress.noteInUse(this.#slots.inUse);
  }

  /**
   * Why there is no place. A pool that hangs is the server's failure and has its cause; one that is busy is not.
   * Whoever had spent most of the wait in line when a place came has nothing to say of the server either.
   */
  #noPlace(place: 'late' | 'full'): OperationFailure {
    const { acquireMs, poolSize } = this.#options.limits;
    const evidence = { ...this.stats };
    const hanging = this.progress.hanging(acquireMs);
    if (hanging) {
      const cause = hanging === 'asking' ? 'QUERY_TIMEOUT' : stillAt[this.#newest?.rung ?? 'auth'].cause;
      const what = hanging === 'asking' ? 'statement' : 'connection attempt';
      const detail = `the server has not answered on any of the ${poolSize} connections of the pool for ${Math.round(acquireMs)} ms, no ${what} has ended`;
      // Waiting in line again would only make the line longer.
      return { ...connectFailure({ cause, detail, evidence }), transient: false };
    }
    const why = place === 'full' ? 'the line is full' : `none became free within ${Math.round(acquireMs)} ms`;
    const detail = `all ${poolSize} connections of the pool are in use, and ${why}`;
    return connectFailure({ cause: 'POOL_EXHAUSTED', detail, evidence });
  }

  /** Nobody waits for it any more; when it comes all the same, the next request gets it. */
  #abandon(connecting: Promise<pg.PoolClient>, pool: pg.Pool): void {
    connecting.then(
      (client) => {
        this.onAbandoned(undefined);
        this.#lease(client, pool).release('keep');
      },
      (error: unknown) => {
        this.#give();
        if (error instanceof DatabaseError) this.onAbandoned(error.failure);
      },
    );
  }

  #stillConnecting(fresh: LadderClient | undefined): Failure {
    const { cause, at } = stillAt[fresh?.rung ?? 'auth'];
    const { acquireMs } = this.#options.limits;
    return {
      cause,
      detail: `no connection within ${acquireMs} ms: ${at} takes longer`,
      evidence: { limitMs: acquireMs },
    };
  }

  /** One line for each attempt to connect. */
  #note({ phase, durationMs, phases, failure }: Attempt): void {
    const { target, log } = this.#options;
    const { host, port, database, user } = target;
    this.#attempts += 1;
    const attempt = this.#failuresInRow + 1;
    const fields = { dependency: 'postgres', host, port, database, user, phase, durationMs, attempt, phases };
    if (!failure) {
      this.progress.heard();
      this.#failuresInRow = 0;
      log.info(fields, 'database connection');
      return;
    }
    this.#failedAttempts += 1;
    this.#failuresInRow += 1;
    const { cause, detail, evidence } = failure;
    log.warn({ ...fields, cause, detail, evidence }, 'database connection failed');
  }
}
