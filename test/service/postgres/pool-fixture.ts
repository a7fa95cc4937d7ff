import { createSecretReader, postgresPassword } from '../../../core/checks/index.ts';
import { Breaker, defaultBreakerPolicy, type OpeningRule } from '../../../core/resilience/index.ts';
import { readSettings, resolvePostgres } from '../../../core/settings/index.ts';
import { createCredentials } from '../../../service/credentials.ts';
import {
  ConnectionPool,
  createDatabase,
  type Database,
  DatabaseError,
  postgresLimits,
} from '../../../service/postgres/index.ts';
import type { PostgresServer } from '../../../twin/servers/postgres.ts';

export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
  [field: string]: unknown;
}

/** Keeps log lines as objects. */
export const keepLog = () => {
  const lines: LogLine[] = [];
  const at = (level: LogLine['level']) => (fields: object, message: string) =>
    void lines.push({ ...fields, level, message });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

export interface PoolUnderTest {
  database: Database;
  pool: ConnectionPool;
  breaker: Breaker;
  log: ReturnType<typeof keepLog>;
  operations: string[];
  durations: number[];
  close(): Promise<void>;
}

export interface PoolSettings {
  /** Settings that differ from the defaults, which are made short here. */
  env?: Record<string, string>;
  /** Where to connect instead of the server itself. */
  port?: number;
  /** Text of the secret with the password, at each reading; without it the server's own password is set. */
  secret?: () => string;
  opening?: OpeningRule;
}

/** The pool, the breaker and the database of the service against a real server, with short limits. */
export const openPool = (server: PostgresServer, settings: PoolSettings = {}): PoolUnderTest => {
  const { env = {}, port = server.port, secret, opening } = settings;
  const reading = readSettings({
    ENVIRONMENT: 'development',
    DATABASE_HOST: '127.0.0.1',
    DATABASE_PORT: String(port),
    DATABASE_NAME: 'postgres',
    DATABASE_USER: server.superuser.name,
    ...(secret ? { DATABASE_SECRET_ID: 'app' } : { DATABASE_PASSWORD: server.superuser.password }),
    DATABASE_SSL_MODE: 'disable',
    DATABASE_POOL_SIZE: '4',
    DATABASE_CONNECT_TIMEOUT: '2',
    DATABASE_ACQUIRE_TIMEOUT: '1',
    DATABASE_STATEMENT_TIMEOUT: '1',
    DATABASE_LOCK_TIMEOUT: '0.5',
    DATABASE_RETRY_DELAY: '0.1',
    ...env,
  });
  const resolved = resolvePostgres(reading);
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems));
  const target = resolved.value;
  const limits = postgresLimits(reading, target);
  const log = keepLog();
  const secrets = createSecretReader(async () => secret?.(), { timeoutMs: 1_000 });
  const credentials = createCredentials(postgresPassword(target), secrets, { readMs: 1_000 });
  const pool = new ConnectionPool({ target, credentials, limits, log });
  const breaker = new Breaker({
    name: 'postgres',
    policy: {
      ...defaultBreakerPolicy,
      opening: opening ?? { kind: 'consecutive', failures: 100 },
      openMs: 1_000,
    },
  });
  const operations: string[] = [];
  const durations: number[] = [];
  const observer = {
    operation: (outcome: string) => void operations.push(outcome),
    statement: (ms: number) => void durations.push(ms),
  };
  const database = createDatabase({ target, pool, breaker, limits, log, observer });
  return { database, pool, breaker, log, operations, durations, close: () => pool.close(2_000) };
};

/** The failure of what must fail. */
export const failureOf = (work: Promise<unknown>): Promise<DatabaseError> =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => {
      if (error instanceof DatabaseError) return error;
      throw error;
    },
  );

export const read = { repeatable: true };

/** Fills the pool with connections that are idle afterwards. */
export const fill = (pool: PoolUnderTest, connections: number) =>
  Promise.all(
    Array.from({ length: connections }, () => pool.database.query('SELECT pg_sleep(0.1)', [], read)),
  );
