import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { FetchSecret } from '../../../core/checks/index.ts';
import { keyOf, redrive } from '../../../core/messages/index.ts';
import { readSettings, settingDefinitions } from '../../../core/settings/index.ts';
import {
  knownMigrations,
  migrate,
  migrateLimits,
  migrationsDirectory,
} from '../../../service/migration/migrate.ts';
import { runMigration } from '../../../service/migration/run-migration.ts';
import { type PostgresServer, startPostgres } from '../../../twin/servers/postgres.ts';

let server: PostgresServer;
let directory: string;
let count = 0;

beforeAll(async () => {
  server = await startPostgres();
  directory = await mkdtemp(join(tmpdir(), 'breakwater-migrations-'));
});
afterAll(async () => {
  await server?.dispose();
  await rm(directory, { recursive: true, force: true });
});

const superuserClient = async (database: string) => {
  const { host, port, superuser } = server;
  const client = new pg.Client({ host, port, user: superuser.name, password: superuser.password, database });
  await client.connect();
  return client;
};

const query = async <Row extends pg.QueryResultRow>(database: string, text: string): Promise<Row[]> => {
  const client = await superuserClient(database);
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
};

/** A database that belongs to a role without any other right, as the bootstrap function makes it. */
const newDatabase = async (): Promise<Record<string, string>> => {
  count += 1;
  const name = `app_${count}`;
  await query('postgres', `CREATE ROLE ${name} LOGIN PASSWORD 'p@ss/w#rd?%'`);
  await query('postgres', `CREATE DATABASE ${name} OWNER ${name}`);
  return {
    DATABASE_HOST: server.host,
    DATABASE_PORT: String(server.port),
    DATABASE_NAME: name,
    DATABASE_USER: name,
    DATABASE_PASSWORD: 'p@ss/w#rd?%',
    DATABASE_SSL_MODE: 'disable',
  };
};

const noSecrets: FetchSecret = () => Promise.reject(new Error('no secret is expected here'));

const run = async (env: Record<string, string | undefined>, fetchSecret: FetchSecret = noSecrets) => {
  let out = '';
  let err = '';
  const streams = {
    stdout: {
      write: (text: string) => {
        out += text;
      },
    },
    stderr: {
      write: (text: string) => {
        err += text;
      },
    },
  };
  const status = await runMigration(env, streams, fetchSecret);
  const lines = out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { status, out, err, lines };
};

/** A folder of migrations with the given statements, beside the first one of ours. */
const migrationsWith = async (statements: Record<string, string>) => {
  const folder = await mkdtemp(join(directory, 'set-'));
  for (const [name, sql] of Object.entries(statements)) await writeFile(join(folder, `${name}.sql`), sql);
  return pathToFileURL(`${folder}/`);
};

describe('the migration', () => {
  it('brings an empty database up to date, and the second time finds nothing to do', async () => {
    const env = await newDatabase();
    const first = await run(env);
    expect([first.status, first.err]).toEqual([0, '']);
    expect(first.lines.filter(({ msg }) => msg === 'applied').map(({ migration }) => migration)).toEqual(
      knownMigrations(),
    );
    expect(first.lines.at(-1)).toMatchObject({ msg: 'up to date', database: env.DATABASE_NAME });

    const second = await run(env);
    expect(second.status).toBe(0);
    expect(second.lines).toMatchObject([{ msg: 'up to date', applied: 0 }]);
  });

  it('creates exactly the tables that DATABASE_EXPECTED_TABLES has as its default', async () => {
    const env = await newDatabase();
    await run(env);
    const tables = await query<{ name: string }>(
      env.DATABASE_NAME ?? '',
      `SELECT table_name::text AS name FROM information_schema.tables
       WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
    );
    expect(tables.map(({ name }) => name)).toEqual(
      [...readSettings({}).get('DATABASE_EXPECTED_TABLES')].sort(),
    );
    expect(settingDefinitions.DATABASE_EXPECTED_TABLES.default).toContain('breakwater_migrations');
  });

  it('runs once when two start at the same time', async () => {
    const env = await newDatabase();
    const runs = await Promise.all([run(env), run(env), run(env)]);
    expect(runs.map(({ status }) => status)).toEqual([0, 0, 0]);
    const applied = runs.flatMap(({ lines }) => lines.filter(({ msg }) => msg === 'applied'));
    expect(applied).toHaveLength(knownMigrations().length);
  });

  it('gives up waiting for another migration at its limit', async () => {
    const env = await newDatabase();
    const [holder, waiter] = await Promise.all([
      superuserClient(env.DATABASE_NAME ?? ''),
      superuserClient(env.DATABASE_NAME ?? ''),
    ]);
    try {
      const blocking = await migrationsWith({ '0001_slow': 'SELECT pg_sleep(2);' });
      const slow = migrate(holder, { directory: blocking });
      await new Promise((resolve) => setTimeout(resolve, 300));
      const limits = { ...migrateLimits(), lockWaitMs: 200 };
      expect(await migrate(waiter, { limits })).toMatchObject({
        ok: false,
        message: expect.stringContaining('another migration has been running for more than 0.2 s'),
      });
      expect(await slow).toMatchObject({ ok: true, applied: ['0001_slow'] });
    } finally {
      await Promise.all([holder.end(), waiter.end()]);
    }
  });

  it('leaves nothing behind of a set in which one migration fails, and releases its lock', async () => {
    const env = await newDatabase();
    const broken = await migrationsWith({
      '0001_good': 'CREATE TABLE public.half_done (id int);',
      '0002_bad': 'CREATE TABLE public.half_done (id int);',
    });
    const client = await superuserClient(env.DATABASE_NAME ?? '');
    await client.query(`SET SESSION AUTHORIZATION ${env.DATABASE_USER}`);
    try {
      await expect(migrate(client, { directory: broken })).rejects.toMatchObject({ code: '42P07' });
      const { rows } = await client.query(`SELECT to_regclass('public.half_done') AS found`);
      expect(rows).toEqual([{ found: null }]);
      expect(await run(env)).toMatchObject({ status: 0 });
    } finally {
      await client.end();
    }
  });

  it('leaves a database alone that a newer image has migrated', async () => {
    const env = await newDatabase();
    await run(env);
    await query(
      env.DATABASE_NAME ?? '',
      `INSERT INTO breakwater_migrations (name, run_on) VALUES ('9999_later', now())`,
    );
    const { status, lines } = await run(env);
    expect(status).toBe(0);
    expect(lines.at(-1)).toMatchObject({ applied: 0, newer: ['9999_later'] });
  });

  it.each([
    [
      'has migrations of something else',
      `INSERT INTO breakwater_migrations (name, run_on) VALUES ('init', now())`,
    ],
    ['has another table of that name', 'ALTER TABLE breakwater_migrations RENAME name TO title'],
    ['has a table that is not ours', 'ALTER TABLE breakwater_migrations OWNER TO postgres'],
  ])('refuses a database that %s, and changes nothing', async (_name, statement) => {
    const env = await newDatabase();
    const database = env.DATABASE_NAME ?? '';
    await query(database, 'CREATE TABLE breakwater_migrations (id serial, name text, run_on timestamp)');
    await query(database, `ALTER TABLE breakwater_migrations OWNER TO ${env.DATABASE_USER}`);
    await query(database, statement);
    const before = await query(database, 'SELECT * FROM breakwater_migrations');
    const { status, lines } = await run(env);
    expect(status).toBe(1);
    expect(lines).toMatchObject([{ level: 'error', msg: expect.stringContaining('is not migrated') }]);
    expect(await query(database, 'SELECT * FROM breakwater_migrations')).toEqual(before);
  });

  it('refuses a database that PostgreSQL keeps for itself', async () => {
    const { name, password } = server.superuser;
    const env = { ...(await newDatabase()), DATABASE_USER: name, DATABASE_PASSWORD: password };
    const { status, out } = await run({ ...env, DATABASE_NAME: 'postgres' });
    expect(status).toBe(1);
    expect(out).toContain('set DATABASE_NAME');
  });

  it('names the cause, and not the password, when it cannot log in', async () => {
    const { status, out, err, lines } = await run({
      ...(await newDatabase()),
      DATABASE_PASSWORD: 'wrong-hunter2',
    });
    expect([status, err]).toEqual([1, '']);
    expect(lines).toMatchObject([
      {
        level: 'error',
        cause: 'PASSWORD_REJECTED',
        runbook: 'runbooks/credentials.md#password_rejected',
        evidence: { sqlstate: '28P01' },
      },
    ]);
    expect(out).not.toContain('hunter2');
  });

  it('reads the password from the secret when only that is set', async () => {
    const { DATABASE_PASSWORD: password, ...env } = await newDatabase();
    const asked: string[] = [];
    const { status } = await run({ ...env, DATABASE_SECRET_ID: 'app/secret' }, async (id) => {
      asked.push(id);
      return JSON.stringify({ password });
    });
    expect(status).toBe(0);
    expect(new Set(asked)).toEqual(new Set(['app/secret']));
  });

  it('reads the secret again when the password was rotated meanwhile', async () => {
    const { DATABASE_PASSWORD: password, ...env } = await newDatabase();
    const rotated = { ...env, DATABASE_PASSWORD: 'the old one', DATABASE_SECRET_ID: 'app/secret' };
    expect((await run(rotated, async () => JSON.stringify({ password }))).status).toBe(0);
  });

  it('says which secret could not be read', async () => {
    const { DATABASE_PASSWORD: _, ...env } = await newDatabase();
    const { status, lines } = await run({ ...env, DATABASE_SECRET_ID: 'app/secret' });
    expect(status).toBe(1);
    expect(lines).toMatchObject([{ cause: 'SECRET_UNREADABLE', evidence: { secretId: 'app/secret' } }]);
  });

  it('exits 2 with every problem on standard error, and nothing on standard output', async () => {
    const { status, out, err } = await run({ DATABASE_PORT: '0', DATABASE_USER: 'app' });
    expect([status, out]).toEqual([2, '']);
    for (const name of ['DATABASE_HOST', 'DATABASE_PORT', 'DATABASE_NAME', 'DATABASE_PASSWORD'])
      expect(err).toContain(name);
  });
});

describe('the migrations of this image', () => {
  it('are numbered without a gap', () => {
    knownMigrations().forEach((name, place) => {
      expect(name).toMatch(/^\d{4}_[a-z0-9-]+$/);
      expect(Number(name.slice(0, 4))).toBe(place + 1);
    });
  });

  it('make dead letters whose keys were too long such that can be redriven', async () => {
    const env = await newDatabase();
    const before = await migrationsWith(
      Object.fromEntries(
        await Promise.all(
          knownMigrations()
            .filter((name) => name < '0005')
            .map(async (name) => [name, await readFile(new URL(`${name}.sql`, migrationsDirectory), 'utf8')]),
        ),
      ),
    );
    const client = await superuserClient(env.DATABASE_NAME ?? '');
    // Random, so that PostgreSQL cannot make it fit by compressing it.
    const long = randomBytes(5_000).toString('base64');
    try {
      await migrate(client, { directory: before });
      for (const key of [long, 'short'])
        await client.query(
          `INSERT INTO breakwater_outbox (message_type, ordering_key, payload, dead_at)
           VALUES ('model_ready_to_deploy', $1, '{}', now())`,
          [key],
        );
      await expect(redrive(client, {}, 10)).rejects.toThrow('exceeds');
      await migrate(client);
      const { rows } = await client.query('SELECT ordering_key AS key FROM breakwater_outbox ORDER BY id');
      expect(rows).toEqual([{ key: keyOf(long) }, { key: 'short' }]);
      expect(await redrive(client, {}, 10)).toHaveLength(2);
    } finally {
      await client.end();
    }
  });
});
