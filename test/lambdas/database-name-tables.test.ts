/** What the database-name probe says of tables, columns and rights, against a real server. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { type Check, createSecretReader } from '../../core/checks/index.ts';
import { tableNeeds } from '../../core/schema/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { runDatabaseName } from '../../lambdas/database-name-probe/run.ts';
import { migrate } from '../../service/migration/migrate.ts';
import { type PostgresServer, startPostgres } from '../../twin/servers/postgres.ts';

const password = 'p@ss/w#rd';
const quoted = pg.escapeLiteral(password);

let server: PostgresServer;
let count = 0;

const query = async (text: string, database = 'postgres', user = server.superuser.name) => {
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, user, password, database });
  await client.connect();
  return client.query(text).finally(() => client.end());
};

/** A database as the bootstrap function and the migration make it: the role owns its tables. */
const migrated = async (): Promise<string> => {
  count += 1;
  const name = `app_${count}`;
  await query(`create role ${name} login password ${quoted}`);
  await query(`create database ${name}`);
  await query(`grant usage, create on schema public to ${name}`, name);
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: name,
    password,
    database: name,
  });
  await client.connect();
  await migrate(client).finally(() => client.end());
  return name;
};

const look = async (database: string, user = database) => {
  const settings = readSettings(
    {
      DATABASE_HOST: '127.0.0.1',
      DATABASE_PORT: String(server.port),
      DATABASE_NAME: database,
      DATABASE_USER: user,
      DATABASE_PASSWORD: password,
      DATABASE_SSL_MODE: 'disable',
    },
    { reader: 'database-name-probe' },
  );
  const secrets = createSecretReader(() => Promise.reject(new Error('none')), { timeoutMs: 1_000 });
  // Without the ids of an instance and a service nothing of AWS is asked.
  const aws = {} as Parameters<typeof runDatabaseName>[0]['aws'];
  const { report, metricLines } = await runDatabaseName({ settings, secrets, aws, awsOutOfReach: 'fails' });
  const check = report.checks.find(({ target }) => target === 'tables') as Check;
  const { DatabaseNameMismatch: mismatches } = JSON.parse(metricLines[0] ?? '{}');
  return { check, mismatches };
};

beforeAll(async () => {
  server = await startPostgres({ superuser: { name: 'admin', password } });
});
afterAll(() => server?.dispose());

test('passes in a database that was migrated', async () => {
  const { check, mismatches } = await look(await migrated());
  expect([check.ok, mismatches]).toEqual([true, 0]);
});

test('knows every table and column that the migrations create, and no other', async () => {
  const { rows } = await query(
    `select table_name::text as name, array_agg(column_name::text order by ordinal_position) as columns
     from information_schema.columns where table_schema = 'public' group by 1`,
    await migrated(),
  );
  const sorted = (needs: readonly { name: string; columns: readonly string[] }[]) =>
    Object.fromEntries(needs.map(({ name, columns }) => [name, [...columns].sort()]));
  expect(sorted(tableNeeds)).toEqual(sorted(rows));
});

test('needs no more than it asks for: a role that was granted just that passes', async () => {
  const database = await migrated();
  await query(
    `create role least login password ${quoted};
     ${tableNeeds
       .filter(({ rights }) => rights.length > 0)
       .map(({ name, rights }) => `grant ${rights.join(', ')} on ${name} to least`)
       .join(';')}`,
    database,
  );
  expect((await look(database, 'least')).check.ok).toBe(true);
});

test('takes a right on the columns that are written for a right', async () => {
  const database = await migrated();
  await query(
    `revoke update on breakwater_outbox from ${database};
     grant update (sent_at, held_until) on breakwater_outbox to ${database}`,
    database,
  );
  expect((await look(database)).check.ok).toBe(true);
});

test.each<[string, (role: string) => string, string, RegExp]>([
  [
    'a right on a table',
    (role) => `revoke insert, update on breakwater_outbox from ${role}`,
    'INSERT, UPDATE on breakwater_outbox',
    /^in database "app_\d+" role "app_\d+" lacks INSERT, UPDATE on breakwater_outbox$/,
  ],
  [
    'the right to use the schema',
    (role) => `revoke usage on schema public from public, ${role}`,
    'USAGE on schema public',
    /lacks USAGE on schema public$/,
  ],
])('names %s that was taken from the owner of the tables', async (_what, revoke, lacks, detail) => {
  const database = await migrated();
  await query(revoke(database), database);
  const { check, mismatches } = await look(database);
  expect(check).toMatchObject({
    ok: false,
    layer: 'query',
    cause: 'PRIVILEGE_MISSING',
    detail: expect.stringMatching(detail),
    evidence: { database, role: database, lacks: [lacks] },
    runbook: 'runbooks/query.md#privilege_missing',
  });
  expect(mismatches).toBe(1);
});

test('names the role that the role of the service acts as', async () => {
  const database = await migrated();
  await query(`create role other; grant other to ${database}; alter role ${database} set role = other`);
  const { check } = await look(database);
  expect(check.cause).toBe('PRIVILEGE_MISSING');
  expect(check.detail).toMatch(/role "app_\d+" acts as "other" \(ALTER ROLE … SET role\), which lacks /);
  expect(check.evidence?.lacks).toContain('SELECT, INSERT, UPDATE, DELETE on breakwater_outbox');
});

test.each<[string, string, string, RegExp]>([
  [
    'a column that was renamed',
    'alter table breakwater_outbox rename column payload to body',
    'breakwater_outbox.payload',
    /lacks the column breakwater_outbox\.payload$/,
  ],
  [
    'a table that was renamed',
    'alter table breakwater_outbox rename to outbox_of_yesterday',
    'breakwater_outbox',
    /lacks the table breakwater_outbox$/,
  ],
  [
    'a table that was moved to where no statement looks',
    'create schema aside; alter table breakwater_outbox set schema aside',
    'breakwater_outbox',
    /lacks the table breakwater_outbox$/,
  ],
])('names %s', async (_what, change, missing, detail) => {
  const database = await migrated();
  await query(change, database);
  const { check, mismatches } = await look(database);
  expect(check).toMatchObject({
    cause: 'SCHEMA_MISSING',
    detail: expect.stringMatching(detail),
    evidence: { missing: [missing] },
  });
  expect(mismatches).toBe(1);
});
