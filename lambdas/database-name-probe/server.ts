/** Asks the server itself: which databases it has, and which of the expected tables. */
import {
  type Budget,
  failed,
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

const withConnection = async <T>(
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

/** Looks for the tables in the search path, or in the schema that the name carries. */
export const checkTables = (
  options: ServerOptions,
  database: string,
  tables: readonly string[],
  whole: Budget,
): Promise<Outcome<undefined>> =>
  withConnection(options, database, whole, async (connection, budget) => {
    const rows = await connection.query<{ name: string }>(
      `select name from unnest($1::text[]) as name
        where not exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relkind in ('r', 'p', 'v', 'm', 'f')
            and (n.nspname || '.' || c.relname = name
              or (c.relname = name and n.nspname not in ('pg_catalog', 'information_schema'))))`,
      [tables],
      budget,
    );
    if (!rows.ok) return rows;
    const missing = rows.value.map(({ name }) => name);
    return missing.length === 0
      ? succeeded(undefined)
      : failed(
          'SCHEMA_MISSING',
          `database "${database}" lacks the table${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`,
          {
            database,
            missing,
          },
        );
  });
