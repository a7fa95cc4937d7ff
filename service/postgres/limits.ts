import type { PostgresTarget, SettingsReading } from '../../core/settings/index.ts';

/** Every limit of the pool, milliseconds unless said otherwise. */
export interface PostgresLimits {
  /** Connections. */
  poolSize: number;
  /** Requests that may wait for one. */
  queueSize: number;
  /** A request's wait for a connection. */
  acquireMs: number;
  /** From looking up the name to ready for queries. */
  connectMs: number;
  dnsMs: number;
  lockMs: number;
  statementMs: number;
  /** When the client gives up on a statement that the server itself does not end. */
  queryMs: number;
  /** A forgotten transaction; the server ends the session. */
  idleTransactionMs: number;
  idleMs: number;
  lifetimeMs: number;
  /** Everything that one operation does, retries included. */
  operationMs: number;
  /** Further attempts. */
  retries: number;
  retryDelayMs: number;
}

/** What the client waits longer than the server: one that ends the statement itself is heard first. */
const answerMarginMs = 1_000;

/** Below the 30 s that a request may take, with room for its other work. */
const operationMs = 15_000;

export const postgresLimits = (reading: SettingsReading, target: PostgresTarget): PostgresLimits => {
  const ms = (name: Parameters<SettingsReading['get']>[0]): number => Number(reading.get(name)) * 1_000;
  const statementMs = ms('DATABASE_STATEMENT_TIMEOUT');
  return {
    poolSize: reading.get('DATABASE_POOL_SIZE'),
    queueSize: reading.get('DATABASE_QUEUE_SIZE'),
    acquireMs: ms('DATABASE_ACQUIRE_TIMEOUT'),
    connectMs: target.connectTimeoutMs,
    dnsMs: ms('DNS_TIMEOUT'),
    lockMs: ms('DATABASE_LOCK_TIMEOUT'),
    statementMs,
    queryMs: statementMs + answerMarginMs,
    idleTransactionMs: 2 * statementMs,
    idleMs: ms('DATABASE_IDLE_TIMEOUT'),
    lifetimeMs: ms('DATABASE_MAX_LIFETIME'),
    operationMs: Math.max(operationMs, statementMs + 2 * answerMarginMs),
    retries: reading.get('DATABASE_MAX_RETRIES'),
    retryDelayMs: ms('DATABASE_RETRY_DELAY'),
  };
};
