import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import type pg from 'pg';
import { readSettings, type SettingsReading } from '../../core/settings/index.ts';
import { compareHistory } from './migration-history.ts';

/** The table in which the library keeps what was applied. It is also how a database is known as ours. */
export const migrationsTable = 'breakwater_migrations';

/** Beside this file, in the source and in the image alike. */
export const migrationsDirectory = new URL('./migrations/', import.meta.url);

/** Databases that PostgreSQL and RDS keep for themselves. */
const reservedDatabases = ['postgres', 'template0', 'template1', 'rdsadmin'];

/** Any number will do, as long as it stays the same: whoever migrates this database waits for this lock. */
const lockKey = 7_062_511_853;

export interface MigrateLimits {
  /** Milliseconds to wait for another migration to end. */
  lockWaitMs: number;
  /** Milliseconds that one statement may wait for a table that others use, so that they are not held up. */
  tableWaitMs: number;
  /** Milliseconds that one statement may run; replaces the limit of the server, which is made for requests. */
  statementMs: number;
}

/** The limits that the settings give; their defaults unless something else was read. */
export const migrateLimits = (reading: SettingsReading = readSettings({})): MigrateLimits => ({
  lockWaitMs: reading.get('MIGRATION_LOCK_TIMEOUT') * 1_000,
  tableWaitMs: reading.get('MIGRATION_TABLE_TIMEOUT') * 1_000,
  statementMs: reading.get('MIGRATION_STATEMENT_TIMEOUT') * 1_000,
});

export type MigrateOutcome =
  | { ok: true; database: string; applied: string[]; newer: string[] }
  | { ok: false; database: string; message: string };

/** The migrations of this image by name, in the order in which they apply. */
export const knownMigrations = (directory: URL = migrationsDirectory): string[] =>
  readdirSync(directory)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort();

/**
 * Applies what is missing, all of it or nothing. Refuses a database that is not ours, and gives up when another
 * migration runs for too long. Throws the error of the driver when a statement fails. `client` is connected,
 * and stays so.
 */
export async function migrate(
  client: pg.Client,
  {
    directory = migrationsDirectory,
    limits = migrateLimits(),
  }: { directory?: URL; limits?: MigrateLimits } = {},
): Promise<MigrateOutcome> {
  const { rows } = await client.query<{ database: string }>('SELECT current_database() AS database');
  const database = rows[0]?.database ?? '';
  const refuse = (reason: string): MigrateOutcome => ({
    ok: false,
    database,
    message: `database "${database}" is not migrated: ${reason}`,
  });
  if (reservedDatabases.includes(database))
    return refuse('PostgreSQL keeps it for itself; set DATABASE_NAME to the database of the service');

  await client.query(`SET statement_timeout = ${limits.statementMs}`);
  await client.query(`SET lock_timeout = ${limits.lockWaitMs}`);
  if (!(await lock(client)))
    return refuse(`another migration has been running for more than ${limits.lockWaitMs / 1_000} s`);
  try {
    await client.query(`SET lock_timeout = ${limits.tableWaitMs}`);
    const table = await migrationsTableOf(client);
    if (table.strange) return refuse(table.strange);
    const history = compareHistory(knownMigrations(directory), table.applied);
    if (history.kind === 'foreign')
      return refuse(`${history.reason}; check DATABASE_NAME, and that this is the right image`);
    if (history.kind === 'newer') return { ok: true, database, applied: [], newer: history.newer };
    if (history.kind === 'behind') await apply(client, directory);
    return { ok: true, database, applied: history.pending, newer: [] };
  } finally {
    // A lock that cannot be released here ends with the connection.
    await client.query('SELECT pg_advisory_unlock($1)', [lockKey]).catch(() => undefined);
  }
}

/** Whether the lock was had before the server's lock_timeout ended the wait (55P03). */
async function lock(client: pg.Client): Promise<boolean> {
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lockKey]);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '55P03') return false;
    throw error;
  }
}

/** What the table of migrations says; nothing for a new database. `strange` is why the table is not ours. */
async function migrationsTableOf(client: pg.Client): Promise<{ applied: string[]; strange?: string }> {
  // From the catalog: information_schema hides what the role may not read.
  const found = await client.query<{ owner: string; owned: boolean; columns: string }>(
    `SELECT pg_get_userbyid(c.relowner) AS owner, pg_has_role(c.relowner, 'USAGE') AS owned,
       (SELECT string_agg(a.attname, ',' ORDER BY a.attname) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
     FROM pg_class c WHERE c.oid = to_regclass($1)`,
    [`public.${migrationsTable}`],
  );
  const [table] = found.rows;
  if (!table) return { applied: [] };
  const strange = (what: string) => ({ applied: [], strange: `its table ${migrationsTable} ${what}` });
  if (table.columns !== 'id,name,run_on')
    return strange(
      `has the columns ${table.columns} instead of id,name,run_on; it belongs to something else`,
    );
  if (!table.owned)
    return strange(`belongs to the role ${table.owner}; migrate as that role, or give the table to this one`);
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM public.${migrationsTable} ORDER BY run_on, id`,
  );
  return { applied: rows.map(({ name }) => name) };
}

const silent = () => undefined;

async function apply(client: pg.Client, directory: URL): Promise<void> {
  await runner({
    dbClient: client,
    direction: 'up',
    dir: fileURLToPath(directory),
    ignorePattern: '(?!.*\\.sql$).*',
    migrationsTable,
    schema: 'public',
    singleTransaction: true,
    // The lock is taken above, with a bound that the library does not have.
    noLock: true,
    // What it would print is in the outcome; a failing statement is in the error.
    logger: { debug: silent, info: silent, warn: silent, error: silent },
  });
}
