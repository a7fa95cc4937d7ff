/** Asks the server itself: which databases it has. */
import {
  type Budget,
  type Outcome,
  openPostgres,
  type PostgresConnection,
  type SecretReader,
  startClimb,
  succeeded,
} from '../../core/checks/index.ts';
import type { PostgresTarget } from '../../core/settings/index.ts';

export interface ServerOptions {
  target: PostgresTarget;
  secrets: SecretReader;
  dnsTimeoutMs: number;
  queryTimeoutMs: number;
}

/** Works in a session of this database, and closes it. */
export const withConnection = async <T>(
  options: ServerOptions,
  database: string,
  whole: Budget,
  work: (connection: PostgresConnection, budget: Budget) => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  const opened = await openPostgres(
    { ...options, target: { ...options.target, database } },
    startClimb(),
    whole,
  );
  if (!opened.ok) return opened;
  const outcome = await work(opened.value, whole.part(options.queryTimeoutMs));
  opened.value.close();
  return outcome;
};

const listing = 'select datname from pg_database where datallowconn and not datistemplate order by datname';

/** The databases of the server, asked from the configured one or, when that does not exist, from `postgres`. */
export const readDatabases = async (options: ServerOptions, whole: Budget): Promise<Outcome<string[]>> => {
  const ask = (database: string) =>
    withConnection(options, database, whole, async (connection, budget) => {
      const rows = await connection.query<{ datname: string }>(listing, [], budget);
      return rows.ok ? succeeded(rows.value.map(({ datname }) => datname)) : rows;
    });
  const outcome = await ask(options.target.database);
  return !outcome.ok && outcome.failure.cause === 'DATABASE_MISSING' ? ask('postgres') : outcome;
};
