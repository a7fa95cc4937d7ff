import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createSecretReader } from '../../core/checks/index.ts';
import type { OperationResult } from '../../core/messages/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { runBootstrap } from '../../lambdas/bootstrap/run.ts';
import { runMessageOperation } from '../../lambdas/message-operations/run.ts';
import { migrate } from '../../service/migration/migrate.ts';
import { createCertificateAuthority } from '../../twin/certificates.ts';
import { type PostgresServer, startPostgres } from '../../twin/servers/postgres.ts';
import { store } from '../fixtures/outbox.ts';

let server: PostgresServer;
let rootCertificate: string;

const master = { username: 'master', password: "m@ster/'pass" };
const service = { username: 'mlflow', password: 'p@ss/w#rd?%' };
const capacity = { username: 'breakwater_capacity', password: 'p"robe' };
const operations = { username: 'breakwater_operations', password: 'op"erations' };

type Login = { username: string; password: string };

const connect = async ({ username, password }: Login, database: string): Promise<pg.Client> => {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: username,
    password,
    database,
    ssl: { rejectUnauthorized: false },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

const as = async <Row extends pg.QueryResultRow>(
  login: Login,
  statement: string,
  database = 'mlflow_db',
  values: unknown[] = [],
): Promise<Row[]> => {
  const client = await connect(login, database);
  try {
    return (await client.query<Row>(statement, values)).rows;
  } finally {
    await client.end();
  }
};

const superuser = () => ({ username: server.superuser.name, password: server.superuser.password });
const query = <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
  as<Row>(superuser(), text, 'mlflow_db', values);

const secretsFor = (database: string, overrides: Record<string, object> = {}) => {
  const values: Record<string, object> = {
    master,
    capacity,
    operations,
    app: { host: 'localhost', port: server.port, dbname: database, ...service },
    ...overrides,
  };
  return createSecretReader(
    async (id) => {
      if (!values[id]) throw Object.assign(new Error('no'), { name: 'ResourceNotFoundException' });
      return JSON.stringify(values[id]);
    },
    { timeoutMs: 1_000 },
  );
};

const address = () => ({
  DATABASE_HOST: 'localhost',
  DATABASE_PORT: String(server.port),
  DATABASE_SSL_ROOT_CERT: rootCertificate,
  MESSAGE_OPERATIONS_SECRET_ID: 'operations',
});

const bootstrap = (database: string) =>
  runBootstrap(
    readSettings(
      {
        ...address(),
        DATABASE_NAME: database,
        DATABASE_USER: service.username,
        DATABASE_SECRET_ID: 'app',
        DATABASE_MASTER_SECRET_ID: 'master',
        CAPACITY_PROBE_SECRET_ID: 'capacity',
      },
      { reader: 'bootstrap' },
    ),
    secretsFor(database),
  );

const migrateAsService = async (database: string) => {
  const client = await connect(service, database);
  try {
    await migrate(client);
  } finally {
    await client.end();
  }
};

/** Calls the function; gives its answer and the one line that it logs. */
const call = async (
  event: unknown,
  {
    environment = {},
    secrets = {},
    remainingMs = 300_000,
  }: { environment?: Record<string, string>; secrets?: Record<string, object>; remainingMs?: number } = {},
) => {
  const lines: string[] = [];
  const pauses: number[] = [];
  const result = await runMessageOperation(
    event,
    {
      settings: readSettings(
        { ...address(), DATABASE_NAME: 'mlflow_db', ...environment },
        { reader: 'message-operations' },
      ),
      secrets: secretsFor('mlflow_db', secrets),
      now: () => new Date('2026-02-01T00:00:00Z'),
      sleep: async (milliseconds) => void pauses.push(milliseconds),
      write: (line) => lines.push(line),
    },
    { requestId: 'run-1', remainingMs },
  );
  expect(lines).toHaveLength(1);
  expect(lines.join()).not.toContain(operations.password);
  return { result, log: JSON.parse(lines[0] ?? '') as Record<string, unknown>, pauses };
};

const problemsOf = (result: OperationResult): readonly string[] =>
  'error' in result ? result.error.problems : [];

beforeAll(async () => {
  const authority = await createCertificateAuthority();
  rootCertificate = authority.certificatePem;
  server = await startPostgres({
    certificate: await authority.issue({ names: ['localhost', '127.0.0.1'] }),
    requireTls: true,
  });
  const [role, password] = [pg.escapeIdentifier(master.username), pg.escapeLiteral(master.password)];
  await as(superuser(), `create role ${role} login createrole createdb password ${password}`, 'postgres');
  await as(superuser(), `grant pg_monitor to ${role} with admin option`, 'postgres');
  await bootstrap('mlflow_db');
  await migrateAsService('mlflow_db');
});
beforeEach(async () => {
  await query('TRUNCATE public.breakwater_outbox');
});
afterAll(() => server?.dispose());

describe('the role of the operators', () => {
  /** Everything that the role was granted: one text for each table, and for each column that it may change. */
  const granted = async (database: string) =>
    (
      await as<{ what: string }>(
        superuser(),
        `SELECT table_name || ' ' || privilege_type AS what FROM information_schema.table_privileges
           WHERE grantee = 'breakwater_operations'
         UNION SELECT table_name || '.' || column_name || ' ' || privilege_type
           FROM information_schema.column_privileges
           WHERE grantee = 'breakwater_operations' AND privilege_type = 'UPDATE' ORDER BY 1`,
        database,
      )
    ).map(({ what }) => what);

  const expected = [
    'breakwater_outbox DELETE',
    'breakwater_outbox SELECT',
    'breakwater_outbox.attempts UPDATE',
    'breakwater_outbox.dead_at UPDATE',
    'breakwater_outbox.dead_reason UPDATE',
    'breakwater_outbox.held_until UPDATE',
    'breakwater_outbox.sent_at UPDATE',
    'breakwater_transports SELECT',
  ];

  test('may do what the operations need and nothing else, by the migration', async () => {
    expect(await granted('mlflow_db')).toEqual(expected);
  });

  test('gets the same from the bootstrap function where the tables are older than the role', async () => {
    await as(master, 'create database older', 'postgres');
    await bootstrap('older');
    await migrateAsService('older');
    await as(service, 'revoke all on all tables in schema public from breakwater_operations', 'older');
    expect(await granted('older')).toEqual([]);
    expect((await bootstrap('older')).changes).toEqual([
      'granted looking at messages, redriving and purging them to breakwater_operations',
    ]);
    expect(await granted('older')).toEqual(expected);
    expect((await bootstrap('older')).changes).toEqual([]);
  });

  test('is refused the payload of a message, a new message, and every other table', async () => {
    for (const statement of [
      `UPDATE breakwater_outbox SET payload = '{}'`,
      `INSERT INTO breakwater_outbox (message_type, ordering_key, payload) VALUES ('t', 'k', '{}')`,
      'TRUNCATE breakwater_outbox',
      'SELECT * FROM breakwater_models',
      'SELECT * FROM breakwater_registrations',
      'SELECT * FROM breakwater_inbox',
      'SELECT * FROM breakwater_migrations',
      'CREATE TABLE mine (id int)',
    ])
      expect([statement, await as(operations, statement).catch(({ code }) => code)]).toEqual([
        statement,
        '42501',
      ]);
  });

  test('may hold two connections at the same time', async () => {
    const held = [await connect(operations, 'mlflow_db'), await connect(operations, 'mlflow_db')];
    await expect(connect(operations, 'mlflow_db')).rejects.toThrow('too many connections for role');
    await Promise.all(held.map((client) => client.end()));
  });
});

describe('the function', () => {
  test('answers the depth, and logs that somebody asked', async () => {
    await store({ query }, [{ state: 'pending' }, {}]);
    const { result, log } = await call({ operation: 'depth' });
    expect(result).toMatchObject({
      operation: 'depth',
      ok: true,
      environment: 'development',
      outbox: { pending: 1, dead: 1 },
      transports: [],
      lists: { looked: false },
    });
    expect(log).toEqual({
      message: 'message operation',
      operation: 'depth',
      requestId: 'run-1',
      ok: true,
      asked: { operation: 'depth' },
      changed: [],
    });
  });

  test('shows messages as the command does', async () => {
    const [id] = await store({ query }, [{ key: 'a' }, { key: 'b' }]);
    const { result } = await call({ operation: 'peek', state: 'dead', key: 'a', limit: 1, actor: 'jane' });
    expect(result).toMatchObject({ ok: true, messages: [{ id, key: 'a', state: 'dead' }] });
  });

  test('redrives what is asked for, at its pace, and logs who asked and what changed', async () => {
    const ids = await store({ query }, [{ key: 'a' }, { key: 'b' }, { key: 'a' }]);
    const event = { operation: 'redrive', key: 'a', rate: 1, actor: 'jane.doe, incident 4711' };
    const { result, log, pauses } = await call(event);
    expect(result).toMatchObject({ ok: true, changed: [ids[0], ids[2]], left: 0 });
    expect(pauses).toEqual([1_000]);
    expect(log).toEqual({
      message: 'message operation',
      operation: 'redrive',
      actor: 'jane.doe, incident 4711',
      requestId: 'run-1',
      ok: true,
      asked: { operation: 'redrive', filter: { key: 'a' }, limit: 100, rate: 1, dryRun: false },
      changed: [ids[0], ids[2]],
    });
  });

  test('takes messages by their ids, and logs of those that were asked for only how many', async () => {
    const ids = await store({ query }, [{}, {}]);
    const { result, log } = await call({ operation: 'redrive', id: ids, actor: 'jane' });
    expect(result).toMatchObject({ ok: true, changed: ids });
    expect(log).toMatchObject({ asked: { filter: { ids: 2 } }, changed: ids });
  });

  test('purges only with confirm, and says so', async () => {
    const [id] = await store({ query }, [{}]);
    const asked = { operation: 'purge', all: true, actor: 'jane' };
    const refused = await call(asked);
    expect(refused.result).toMatchObject({
      operation: 'purge',
      ok: false,
      error: { message: expect.stringContaining('write "confirm": true as well') },
      wouldPurge: { matching: 1, messages: [{ id }] },
    });
    expect(refused.log).toMatchObject({ ok: false, changed: [], actor: 'jane' });
    expect(await call({ ...asked, confirm: true })).toMatchObject({
      result: { ok: true, changed: [id] },
      log: { ok: true, changed: [id] },
    });
    expect(await query('SELECT 1 FROM public.breakwater_outbox')).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ['no object', 'depth', 'the event is not an object: write {"operation": "depth"}'],
    ['a list', [], 'the event is not an object'],
    ['nothing', null, 'the event is not an object'],
    ['no operation', {}, 'no operation is named: write one of depth, peek, redrive, purge'],
    [
      'an unknown option',
      { operation: 'peek', dry_run: true },
      'peek has no option dry_run: it takes state, limit, key, actor',
    ],
    [
      'a wrong value',
      { operation: 'peek', limit: '1O' },
      'limit cannot be used ("1O"): write a whole number',
    ],
    ['a redrive by nobody', { operation: 'redrive', all: true }, 'actor is missing: write who asks'],
    ['a purge by nobody', { operation: 'purge', all: true, confirm: true }, 'actor is missing'],
    ['a dry run by nobody', { operation: 'redrive', all: true, dryRun: true }, 'actor is missing'],
    ['an empty name', { operation: 'redrive', all: true, actor: ' ' }, 'actor cannot be used'],
    ['a name that is no text', { operation: 'depth', actor: 7 }, 'actor cannot be used'],
    ['a long name', { operation: 'depth', actor: 'x'.repeat(201) }, 'actor cannot be used'],
    [
      'confirm that is no boolean',
      { operation: 'purge', all: true, actor: 'j', confirm: 'true' },
      'confirm cannot be used ("true"): write true',
    ],
    [
      'more than it has time for',
      { operation: 'redrive', all: true, actor: 'j', limit: 500, rate: 1 },
      'limit 500 at rate 1 takes 500 s, and the function has 240 s: write a smaller limit or a higher rate',
    ],
  ])('refuses %s, and says what to write', async (_what, event, expected) => {
    const ids = await store({ query }, [{}]);
    const { result, log } = await call(event);
    expect(result.ok).toBe(false);
    expect(problemsOf(result)).toEqual([expect.stringContaining(expected)]);
    expect(log).toMatchObject({ ok: false, changed: [], problems: problemsOf(result) });
    const left = await query<{ id: string }>(
      'SELECT message_id AS id FROM public.breakwater_outbox WHERE dead_at IS NOT NULL',
    );
    expect(left.map(({ id }) => id)).toEqual(ids);
  });

  test('tells every problem at once', async () => {
    const { result } = await call({ operation: 'redrive', limit: 0, keys: 'a' });
    expect(problemsOf(result)).toHaveLength(3);
  });

  test('ends in time when the database is slower than the pace, and tells what it has changed', async () => {
    const ids = await store({ query }, [{}, {}, {}]);
    // What is left is what one statement and the report may take: no part begins any more.
    const { result, log } = await call(
      { operation: 'redrive', all: true, actor: 'j', limit: 3, rate: 1_000 },
      { remainingMs: 61_000, environment: { MESSAGE_OPERATIONS_STATEMENT_TIMEOUT: '56' } },
    );
    expect(result).toMatchObject({ ok: true, stopped: true, changed: [], left: 3 });
    expect(log).toMatchObject({ changed: [], ok: true });
    expect(ids).toHaveLength(3);
  });

  test('gives an answer that Lambda can carry, or says what to write instead', async () => {
    await query(
      `INSERT INTO public.breakwater_outbox (message_type, ordering_key, payload)
       SELECT 't', 'k', jsonb_build_object('text', repeat('x', 199000)) FROM generate_series(1, 30)`,
    );
    const { result } = await call({ operation: 'peek', limit: 30 });
    expect(problemsOf(result)).toEqual([
      expect.stringMatching(/^the answer has \d+ bytes.*write a smaller limit$/),
    ]);
    expect((await call({ operation: 'peek', limit: 20 })).result.ok).toBe(true);
  });

  test('names what keeps it from the database, as a probe does', async () => {
    const cause = async (options: Parameters<typeof call>[1]) => {
      const { result, log } = await call({ operation: 'depth' }, options);
      expect(result).toMatchObject({
        operation: 'depth',
        ok: false,
        check: { dependency: 'postgres', cause: log.cause },
      });
      return log.cause;
    };
    expect(await cause({ environment: { DATABASE_PORT: '9' } })).toBe('CONNECTION_REFUSED');
    expect(await cause({ environment: { DATABASE_NAME: 'gone' } })).toBe('DATABASE_MISSING');
    expect(await cause({ environment: { MESSAGE_OPERATIONS_SECRET_ID: 'gone' } })).toBe('SECRET_UNREADABLE');
    expect(await cause({ secrets: { operations: { username: 'x' } } })).toBe('SECRET_INCOMPLETE');
    expect(await cause({ secrets: { operations: { ...operations, password: 'old' } } })).toBe(
      'PASSWORD_REJECTED',
    );
    // A role that was never granted anything.
    expect(await cause({ secrets: { operations: capacity } })).toBe('PRIVILEGE_MISSING');
  });

  test('names settings that are wrong', async () => {
    const { result } = await call({ operation: 'depth' }, { environment: { DATABASE_HOST: '' } });
    expect(problemsOf(result)).toEqual([expect.stringContaining('DATABASE_HOST is not set')]);
  });
});
