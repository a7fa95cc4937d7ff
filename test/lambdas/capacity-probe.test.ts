import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type Check, createSecretReader } from '../../core/checks/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { createMemory, type Memory, runCapacity } from '../../lambdas/capacity-probe/run.ts';
import { createCertificateAuthority } from '../../twin/certificates.ts';
import { type PostgresServer, startPostgres } from '../../twin/servers/postgres.ts';

/** 30, of which 3 are kept for superusers and 2 for roles with a reserve: 25 for ordinary roles. */
const limit = 30;
const usable = 25;

const service = { username: 'mlflow', password: 'p@ss/w#rd?%' };
/** As the bootstrap function makes it. */
const capacity = { username: 'breakwater_capacity', password: 'p"robe' };
const stranger = { username: 'stranger', password: 'str%nge' };

let server: PostgresServer;
let rootCertificate: string;
let held: pg.Client[] = [];

const connect = async (
  { username, password }: { username: string; password: string },
  application_name: string,
): Promise<pg.Client> => {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: username,
    password,
    database: 'postgres',
    application_name,
    ssl: { rejectUnauthorized: false },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

const hold = async (count: number, application = 'hokusai-api', as = service): Promise<pg.Client[]> => {
  const clients: pg.Client[] = [];
  for (let index = 0; index < count; index += 1) clients.push(await connect(as, application));
  held.push(...clients);
  return clients;
};

/** The server counts a session as gone a moment after its client has left. */
const releaseAll = async (): Promise<void> => {
  await Promise.all(held.map((client) => client.end().catch(() => undefined)));
  held = [];
  const admin = await connect(superuser(), 'wait');
  for (;;) {
    const { rows } = await admin.query(
      "select count(*)::int as n from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    if (rows[0].n === 0) break;
    await sleep(20);
  }
  await admin.end();
};

const superuser = () => ({ username: server.superuser.name, password: server.superuser.password });

const readerOf = (values: Record<string, object>) =>
  createSecretReader(
    async (id) => {
      if (!values[id]) throw Object.assign(new Error('no'), { name: 'ResourceNotFoundException' });
      return JSON.stringify(values[id]);
    },
    { timeoutMs: 1_000 },
  );

const run = (
  environment: Record<string, string> = {},
  { memory = createMemory(), secret = capacity as object }: { memory?: Memory; secret?: object } = {},
) =>
  runCapacity(
    readSettings(
      {
        DATABASE_HOST: 'localhost',
        DATABASE_PORT: String(server.port),
        DATABASE_NAME: 'postgres',
        CAPACITY_PROBE_SECRET_ID: 'capacity',
        DATABASE_SSL_ROOT_CERT: rootCertificate,
        ...environment,
      },
      { reader: 'capacity-probe' },
    ),
    readerOf({ capacity: secret }),
    memory,
  );

const found = async (...args: Parameters<typeof run>): Promise<{ check: Check; percent?: number }> => {
  const { report, metricLines } = await run(...args);
  expect([report.probe, report.checks.length]).toEqual(['capacity', 1]);
  const [line] = metricLines.map((text) => JSON.parse(text) as Record<string, unknown>);
  if (line) expect(line).toMatchObject({ Environment: 'development', Dependency: 'postgres' });
  return {
    check: report.checks[0] as Check,
    ...(line ? { percent: line.ConnectionHeadroomPercent as number } : {}),
  };
};

beforeAll(async () => {
  const authority = await createCertificateAuthority();
  rootCertificate = authority.certificatePem;
  server = await startPostgres({
    certificate: await authority.issue({ names: ['localhost', '127.0.0.1'] }),
    requireTls: true,
    parameters: {
      max_connections: String(limit),
      reserved_connections: '2',
      autovacuum: 'off',
      max_prepared_transactions: '2',
    },
  });
  const admin = await connect(superuser(), 'setup');
  for (const { username, password } of [service, capacity, stranger])
    await admin.query(`create role ${username} login password ${pg.escapeLiteral(password)}`);
  await admin.query(`grant pg_monitor, pg_use_reserved_connections to ${capacity.username}`);
  await admin.query('create table busy (id int primary key); insert into busy values (1)');
  await admin.query(`grant all on busy to ${service.username}`);
  await admin.end();
});

afterEach(releaseAll);
afterAll(() => server?.dispose());

describe('the capacity probe', () => {
  test('passes with the numbers of sessions that are idle, idle in a transaction, active and waiting', async () => {
    const [, inTransaction, blocker, blocked, active] = await hold(5);
    await inTransaction?.query('begin');
    await blocker?.query('begin; update busy set id = 1');
    const waits = blocked?.query('update busy set id = 1');
    const sleeps = active?.query('select pg_sleep(1)');
    await sleep(300);
    const { check, percent } = await found();
    await blocker?.query('rollback');
    await Promise.all([waits, sleeps]);

    expect(check).toMatchObject({
      dependency: 'postgres',
      target: `localhost:${server.port}/postgres`,
      ok: true,
      layer: 'capacity',
      evidence: {
        used: 5,
        idle: 1,
        idleInTransaction: 2,
        active: 2,
        waiting: 1,
        limit,
        reserved: 5,
        headroomPercent: 80,
      },
    });
    expect(percent).toBe(80);
    const evidence = check.evidence as {
      byApplication: {
        application: string;
        user: string;
        state: string;
        count: number;
        oldestSeconds: number;
      }[];
      longestTransactionSeconds: number;
      blocked: { pid: number; blockedBy: number[]; seconds: number }[];
    };
    expect(evidence.byApplication.map(({ state, count }) => `${count} ${state}`).sort()).toEqual([
      '1 idle',
      '2 active',
      '2 idle in transaction',
    ]);
    for (const row of evidence.byApplication) {
      expect(row).toMatchObject({ application: 'hokusai-api', user: 'mlflow' });
      expect(row.oldestSeconds).toBeGreaterThanOrEqual(0.2);
    }
    expect(evidence.longestTransactionSeconds).toBeGreaterThanOrEqual(0.3);
    const pidOf = (client?: pg.Client) => (client as unknown as { processID: number }).processID;
    expect(evidence.blocked).toEqual([
      { pid: pidOf(blocked), blockedBy: [pidOf(blocker)], seconds: expect.any(Number) },
    ]);
    expect(evidence.blocked[0]?.seconds).toBeGreaterThanOrEqual(0.2);
    // A text of a query may hold data.
    expect(JSON.stringify(check)).not.toMatch(/pg_sleep|update busy/);
  });

  test('names who has held a lock for long while others wait, whoever stands between them', async () => {
    const [head, between, last] = await hold(3);
    const pidOf = (client?: pg.Client) => (client as unknown as { processID: number }).processID;
    await head?.query('begin; update busy set id = 1');
    const waits = [between?.query('begin; update busy set id = 1'), last?.query('update busy set id = 1')];
    await sleep(5_200);
    const { check, percent } = await found();
    await head?.query('rollback');
    await waits[0];
    await between?.query('rollback');
    await waits[1];

    expect(percent).toBe(88);
    expect(check).toMatchObject({
      ok: false,
      cause: 'LOCK_HELD',
      detail: expect.stringMatching(
        new RegExp(
          `^2 sessions wait for a lock that is held by hokusai-api as mlflow, pid ${pidOf(head)}, idle in transaction, for [5-9] s$`,
        ),
      ),
      evidence: {
        blocking: [{ pid: pidOf(head), application: 'hokusai-api', user: 'mlflow' }],
        waiting: 2,
        limit,
      },
    });
    expect((await found()).check.ok).toBe(true);
  });

  test('names a prepared transaction, which no session has', async () => {
    const [holder, waiter] = await hold(2);
    await holder?.query("begin; update busy set id = 1; prepare transaction 'forgotten'");
    const waits = waiter?.query('update busy set id = 1');
    await sleep(300);
    const { check } = await found();
    await holder?.query("rollback prepared 'forgotten'");
    await waits;
    expect(check).toMatchObject({
      ok: false,
      cause: 'LOCK_HELD',
      detail: expect.stringContaining('a prepared transaction (pg_prepared_xacts has its name'),
    });
  });

  test('counts as the server does at the moment of refusal: the last slot that it says is left is the last one', async () => {
    await hold(usable - 1);
    const { check } = await found({ CAPACITY_HEADROOM_PERCENT: '1' });
    expect([check.ok, check.evidence?.headroomPercent]).toEqual([true, 4]);
    await hold(1);
    await expect(hold(1)).rejects.toMatchObject({ code: '53300' });
  });

  test('names the application that holds the connections when few are left', async () => {
    const leaking = await hold(20, 'notebook', stranger);
    await leaking[0]?.query('begin');
    await hold(1);
    const { check, percent } = await found();
    expect(check).toMatchObject({ ok: false, layer: 'capacity', cause: 'HEADROOM_LOW' });
    expect(check.detail).toMatch(
      /^4 of 25 connections are left \(16 %\): notebook as stranger holds 20 \(19 idle for up to \d s, 1 idle in transaction for up to \d s\); hokusai-api as mlflow holds 1 \(1 idle/,
    );
    expect(check.evidence).toMatchObject({ used: 21, headroomPercent: 16, lowestPercent: 20 });
    expect(check.runbook).toBe('runbooks/capacity.md#headroom_low');
    expect(percent).toBe(16);
  });

  test('judges by CAPACITY_HEADROOM_PERCENT, which is bounded', async () => {
    await hold(10);
    expect((await found({ CAPACITY_HEADROOM_PERCENT: '60' })).check.ok).toBe(true);
    expect((await found({ CAPACITY_HEADROOM_PERCENT: '61' })).check.cause).toBe('HEADROOM_LOW');
    const { check, percent } = await found({ CAPACITY_HEADROOM_PERCENT: '0' });
    expect([check.cause, percent]).toEqual(['SETTING_INVALID', undefined]);
    expect(check.detail).toContain(
      'CAPACITY_HEADROOM_PERCENT cannot be used ("0"): write a whole number from 1 to 90',
    );
  });

  test('still gets into a full server through the reserve of its role, and says who filled it', async () => {
    await hold(usable, 'notebook', stranger);
    const { check, percent } = await found();
    expect(check).toMatchObject({
      cause: 'TOO_MANY_CONNECTIONS',
      evidence: { used: 25, headroomPercent: 0 },
    });
    expect(check.detail).toContain(
      'none of the 25 connections for ordinary roles is left: notebook as stranger holds 25 (25 idle',
    );
    expect(percent).toBe(0);
  });

  test('that is refused says who held the connections when it last looked', async () => {
    const memory = createMemory();
    const ordinary = { secret: stranger, memory };
    await hold(20, 'notebook', capacity);
    await found({}, { memory });
    await hold(5);
    const { check, percent } = await found({}, ordinary);
    expect(check).toMatchObject({
      cause: 'TOO_MANY_CONNECTIONS',
      evidence: { sqlstate: '53300', lastSeen: { used: 20, limit, reserved: 5 } },
    });
    expect(check.detail).toMatch(
      /reserved.* \(53300\); \d s ago 20 of 30 were in use: notebook as breakwater_capacity holds 20 \(20 idle/,
    );
    expect(percent).toBe(0);
    const cold = await found({}, { secret: stranger });
    expect(cold.check.detail).toMatch(/\(53300\)$/);
  });

  test('that is refused does not name those it saw when most came after it had looked', async () => {
    const memory = createMemory();
    await hold(5, 'breakwater-api', service);
    await found({}, { memory });
    // As a superuser, who takes the reserves too: not even the role of the probe gets in.
    await hold(limit - 5, 'a stampede', superuser());
    const { check, percent } = await found({}, { memory });
    expect(check).toMatchObject({
      cause: 'TOO_MANY_CONNECTIONS',
      evidence: { lastSeen: { used: 5, limit }, takenSince: usable - 5 },
    });
    expect(check.detail).toMatch(
      /too many clients.*; \d s ago 5 of 30 were in use: whoever has taken at least 20 more since then was not seen/,
    );
    expect(check.detail).not.toContain('breakwater-api');
    expect(percent).toBe(0);
    // The wait for their end needs a connection of its own.
    await held.pop()?.end();
  });

  test('that is refused because its own role has reached its limit knows nothing of the server', async () => {
    const admin = await connect(superuser(), 'setup');
    await admin.query(`alter role ${capacity.username} connection limit 1`);
    await hold(1, 'hung', capacity);
    const { check, percent } = await found();
    await admin.query(`alter role ${capacity.username} connection limit -1`);
    await admin.end();
    expect([check.cause, percent]).toEqual(['TOO_MANY_CONNECTIONS', undefined]);
    expect(check.detail).toContain('for role "breakwater_capacity"');
  });

  test('as a role without pg_monitor counts right all the same, and says what it cannot see', async () => {
    const [first] = await hold(4);
    await first?.query('begin');
    const { check, percent } = await found({}, { secret: stranger });
    expect(check).toMatchObject({
      ok: true,
      evidence: { used: 4, headroomPercent: 84, hidden: expect.stringContaining('grant it pg_monitor') },
    });
    expect(check.evidence?.byApplication).toEqual([
      { application: 'hokusai-api', user: 'mlflow', state: 'hidden', count: 4 },
    ]);
    expect(percent).toBe(84);
  });

  test('logs in as the other settings say where no secret of its own is named', async () => {
    const { check } = await found({
      CAPACITY_PROBE_SECRET_ID: '',
      DATABASE_USER: stranger.username,
      DATABASE_PASSWORD: stranger.password,
    });
    expect(check).toMatchObject({ ok: true, evidence: { used: 0, headroomPercent: 100 } });
    const nobody = await found({ CAPACITY_PROBE_SECRET_ID: '' });
    expect(nobody.check).toMatchObject({ cause: 'SETTING_MISSING', layer: 'config' });
    expect(nobody.check.evidence).toEqual({ variables: ['DATABASE_USER', 'DATABASE_PASSWORD'] });
  });
});

describe('a capacity probe that cannot log in names the cause and publishes no number', () => {
  test.each<[string, object | undefined, Record<string, string>, string]>([
    ['a secret without a user', { password: 'x' }, {}, 'SECRET_INCOMPLETE'],
    ['a secret without a password', { username: 'x' }, {}, 'SECRET_INCOMPLETE'],
    ['a secret that is not there', capacity, { CAPACITY_PROBE_SECRET_ID: 'gone' }, 'SECRET_UNREADABLE'],
    ['another password', { ...capacity, password: 'x' }, {}, 'PASSWORD_REJECTED'],
    ['a port that nothing listens on', capacity, { DATABASE_PORT: '1' }, 'CONNECTION_REFUSED'],
    [
      'a closed port and no secret: the network is the reason',
      { password: 'x' },
      { DATABASE_PORT: '1' },
      'CONNECTION_REFUSED',
    ],
    ['a database that is not there', capacity, { DATABASE_NAME: 'mlflow' }, 'DATABASE_MISSING'],
    ['an authority that did not sign', capacity, { DATABASE_SSL_ROOT_CERT: '' }, 'TLS_UNTRUSTED_CA'],
    ['no host', capacity, { DATABASE_HOST: '' }, 'SETTING_MISSING'],
  ])('%s', async (_what, secret, environment, cause) => {
    const { check, percent } = await found(environment, { secret: secret ?? {} });
    expect([check.cause, check.ok, percent]).toEqual([cause, false, undefined]);
    expect(JSON.stringify(check)).not.toContain(capacity.password.slice(1));
  });
});
