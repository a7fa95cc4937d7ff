import { Socket } from 'node:net';
import pg from 'pg';
import {
  alreadyConnected,
  budgetOf,
  type Climb,
  connectPostgresSocket,
  type Failure,
  monotonicNow,
  type Phases,
  postgresFailure,
  startClimb,
  timed,
  within,
} from '../../core/checks/index.ts';
import type { PostgresTarget, Secret } from '../../core/settings/index.ts';
import type { Credentials } from '../credentials.ts';
import { connectFailure, DatabaseError } from './failure.ts';
import type { PostgresLimits } from './limits.ts';

/** The layers of a connection attempt, in order. */
export type Rung = 'dns' | 'tcp' | 'tls' | 'auth' | 'ready';

/** What one connection attempt came to. */
export interface Attempt {
  /** The layer that failed, or `ready`. */
  phase: Rung;
  durationMs: number;
  phases: Phases;
  failure?: Failure;
}

export interface LadderClientOptions {
  target: PostgresTarget;
  credentials: Credentials;
  limits: PostgresLimits;
  applicationName: string;
  onAttempt(attempt: Attempt): void;
  /** From 0 up to 1. */
  random?: () => number;
}

/** Largest part of its life by which a connection ends earlier, so that they do not all end at once. */
const lifetimeJitter = 0.2;

const rungs = ['dns', 'tcp', 'tls', 'auth'] as const;

/** The last layer that was climbed or failed; 'dns' at the very beginning. */
const lastRung = (phases: Phases): Exclude<Rung, 'ready'> =>
  rungs.findLast((rung) => phases[`${rung}Ms`] !== undefined) ?? 'dns';

/** The driver's inner connection, whose socket is replaced by one that is connected already. */
type WithConnection = { connection: { stream: Socket } };

/**
 * A client of the driver that climbs to its connection over the same layers as the probes: name, socket, TLS,
 * login, each within the connect timeout. So a failure names its layer and its cause, and the certificate is
 * checked by the same code. Everything from the login on is the driver's.
 */
export class LadderClient extends pg.Client {
  readonly #options: LadderClientOptions;
  readonly #climb: Climb = startClimb();
  /** When it should be replaced, monotonic milliseconds. */
  readonly #expiresAt: number;
  #usedPassword: Secret | undefined;
  #connected = false;

  constructor(options: LadderClientOptions) {
    const { target, limits, applicationName, random = Math.random } = options;
    super({
      host: target.host,
      port: target.port,
      database: target.database,
      user: target.user,
      ssl: false,
      stream: () => new Socket(),
      application_name: applicationName,
      connectionTimeoutMillis: 0,
      lock_timeout: limits.lockMs,
      statement_timeout: limits.statementMs,
      query_timeout: limits.queryMs,
      idle_in_transaction_session_timeout: limits.idleTransactionMs,
    });
    this.#options = options;
    this.#expiresAt = monotonicNow() + limits.lifetimeMs * (1 - lifetimeJitter * random());
    // Without a listener, a connection that breaks while it is checked out would end the process.
    this.on('error', () => undefined);
  }

  /** The layer that it is busy with. */
  get rung(): Rung {
    if (this.#connected) return 'ready';
    const { phases } = this.#climb;
    if (phases.dnsMs === undefined) return 'dns';
    const encrypted = this.#options.target.tls.mode !== 'disable';
    const next = { dns: 'tcp', tcp: encrypted ? 'tls' : 'auth', tls: 'auth', auth: 'auth' } as const;
    return next[lastRung(phases)];
  }

  get expired(): boolean {
    return monotonicNow() >= this.#expiresAt;
  }

  /** The password that it logged in with, or tried to. */
  get usedPassword(): Secret | undefined {
    return this.#usedPassword;
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: (error: Error) => void): void;
  // The pool wants the callback, everybody else the promise.
  override connect(callback?: (error: Error) => void): Promise<pg.Client> | undefined {
    const opened = this.#open();
    if (!callback) return opened;
    opened.then(
      () => callback(undefined as unknown as Error),
      (error: Error) => callback(error),
    );
    return undefined;
  }

  async #open(): Promise<pg.Client> {
    const begin = monotonicNow();
    const failure = await this.#climbUp();
    const attempt = {
      durationMs: Math.round((monotonicNow() - begin) * 10) / 10,
      phases: this.#climb.phases,
    };
    this.#connected = failure === undefined;
    const phase = failure ? lastRung(this.#climb.phases) : 'ready';
    this.#options.onAttempt({ phase, ...attempt, ...(failure ? { failure } : {}) });
    if (!failure) return this;
    (this as unknown as WithConnection).connection.stream.destroy();
    throw new DatabaseError(connectFailure(failure));
  }

  /** Why it did not get to the top; nothing when it did. */
  async #climbUp(): Promise<Failure | undefined> {
    const { target, credentials, limits } = this.#options;
    const budget = budgetOf(limits.connectMs);
    // Beside the network layers, so that a slow secret does not hide what the network says.
    const password = credentials.current(budget);
    const socket = await connectPostgresSocket(target, limits.dnsMs, this.#climb, budget);
    if (!socket.ok) return socket.failure;
    (this as unknown as WithConnection).connection.stream = alreadyConnected(socket.value);
    const known = await password;
    if (!known.ok) return known.failure;
    this.#usedPassword = known.value;
    this.password = known.value?.reveal();
    const logIn = () =>
      within(
        budget,
        super.connect().then(() => true),
      );
    try {
      if (await timed(this.#climb, 'authMs', logIn)) return undefined;
      const detail = 'the server took the connection and did not answer the login in time';
      return { cause: 'RESPONSE_TIMEOUT', detail };
    } catch (error) {
      return postgresFailure(error, 'auth');
    }
  }
}
