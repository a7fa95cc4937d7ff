import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type PostgresServer, startPostgres } from '../../../twin/servers/postgres.ts';
import { type FaultProxy, startFaultProxy } from '../../fixtures/fault-proxy.ts';
import { failureOf, fill, openPool, type PoolSettings, type PoolUnderTest, read } from './pool-fixture.ts';

let server: PostgresServer;
let proxy: FaultProxy;
let current: PoolUnderTest | undefined;

beforeAll(async () => {
  server = await startPostgres();
  const setup = openPool(server);
  await setup.database.query('CREATE TABLE notes (id text PRIMARY KEY, body text)');
  await setup.close();
});
afterAll(() => server?.dispose());
beforeEach(async () => {
  proxy = await startFaultProxy(server.port);
});
afterEach(async () => {
  await current?.close();
  current = undefined;
  await proxy.dispose();
});

const open = (settings: PoolSettings = {}): PoolUnderTest => {
  current = openPool(server, { port: proxy.port, ...settings });
  return current;
};

describe('the connections of the pool', () => {
  it('are reused, and one line is logged for each that is made', async () => {
    const pool = open();
    for (let count = 0; count < 5; count += 1) await pool.database.query('SELECT 1');
    expect(proxy.taken()).toBe(1);
    expect(pool.log.lines).toMatchObject([
      {
        level: 'info',
        message: 'database connection',
        dependency: 'postgres',
        host: '127.0.0.1',
        port: proxy.port,
        database: 'postgres',
        user: server.superuser.name,
        phase: 'ready',
        attempt: 1,
        durationMs: expect.any(Number),
        phases: { dnsMs: expect.any(Number), tcpMs: expect.any(Number), authMs: expect.any(Number) },
      },
    ]);
    expect(JSON.stringify(pool.log.lines)).not.toContain(server.superuser.password);
  });

  it('carry the limits of the settings to the server, in their order', async () => {
    const { rows } = await open().database.query(
      `SELECT name, setting FROM pg_settings WHERE name IN
       ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'application_name') ORDER BY name`,
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      application_name: 'breakwater-api',
      idle_in_transaction_session_timeout: '2000',
      lock_timeout: '500',
      statement_timeout: '1000',
    });
  });

  it('are replaced one by one when they have reached their age', async () => {
    const pool = open({ env: { DATABASE_MAX_LIFETIME: '1' } });
    await pool.database.query('SELECT 1');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await pool.database.query('SELECT 1');
    expect(proxy.taken()).toBe(2);
  });

  it('that broke while idle are all replaced, and the next query does not notice', async () => {
    const pool = open();
    await fill(pool, 4);
    proxy.cut();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await pool.database.query('SELECT 1');
    expect(pool.pool.stats.replaced).toBe(1);
    expect(pool.operations).not.toContain('failed');
  });

  it('whose peer vanished while they were idle cost one time-out in all, not one each', async () => {
    const pool = open();
    await fill(pool, 4);
    proxy.blackHole();
    const begun = performance.now();
    await Promise.all([1, 2].map(() => pool.database.query('SELECT 1', [], read)));
    for (let count = 0; count < 4; count += 1) await pool.database.query('SELECT 1', [], read);
    // One client deadline of 2 s and the retry; four dead connections in a row would be 8 s.
    expect(performance.now() - begun).toBeLessThan(6_000);
    expect(pool.pool.stats.replaced).toBe(1);
  });

  it('lead to the new server after a failover', async () => {
    const other = await startPostgres({ superuser: server.superuser });
    try {
      const pool = open();
      const port = async () =>
        (await pool.database.query("SELECT current_setting('port') AS port", [], read)).rows[0]?.port;
      expect(await port()).toBe(String(server.port));
      proxy.target = other.port;
      proxy.cut();
      expect(await port()).toBe(String(other.port));
    } finally {
      await current?.close();
      await other.dispose();
    }
  });
});

describe('an operation', () => {
  it('rides out a server that is away for a moment', async () => {
    const pool = open({ env: { DATABASE_RETRY_DELAY: '1', DATABASE_MAX_RETRIES: '10' } });
    await proxy.refuse();
    const query = pool.database.query('SELECT 1');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await proxy.listen();
    await query;
    expect(pool.operations).toEqual(['ok']);
    expect(pool.log.lines[0]).toMatchObject({
      level: 'warn',
      message: 'database connection failed',
      phase: 'tcp',
      cause: 'CONNECTION_REFUSED',
      attempt: 1,
    });
    expect(pool.log.lines.find(({ message }) => message.includes('repeated'))).toMatchObject({
      cause: 'CONNECTION_REFUSED',
      phase: 'connect',
      attempt: 1,
      againInMs: expect.any(Number),
    });
  });

  it('fails with its cause after its retries, and is counted once', async () => {
    const pool = open();
    await proxy.refuse();
    const error = await failureOf(pool.database.query('SELECT 1'));
    expect(error).toMatchObject({ cause: 'CONNECTION_REFUSED', attempts: 4 });
    expect(pool.operations).toEqual(['failed']);
    expect(pool.pool.stats).toMatchObject({ attempts: 4, failedAttempts: 4, inUse: 0 });
  });

  it('does not wait longer than its limit for a connection attempt, which goes on and serves the next', async () => {
    const pool = open({ env: { DATABASE_ACQUIRE_TIMEOUT: '0.3', DATABASE_MAX_RETRIES: '0' } });
    proxy.silent = true;
    const error = await failureOf(pool.database.query('SELECT 1'));
    expect(error).toMatchObject({ cause: 'RESPONSE_TIMEOUT', message: expect.stringContaining('the login') });
    expect(pool.pool.stats.inUse).toBe(1);
    // The attempt itself ends at DATABASE_CONNECT_TIMEOUT and gives its place back.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(pool.pool.stats.inUse).toBe(0);
    expect(pool.log.lines.find(({ message }) => message === 'database connection failed')).toMatchObject({
      phase: 'auth',
      cause: 'RESPONSE_TIMEOUT',
    });
    proxy.silent = false;
    await pool.database.query('SELECT 1');
  });

  it('ends at the client when the peer vanishes in the middle; a write is not repeated', async () => {
    const pool = open();
    const write = pool.database.query("INSERT INTO notes SELECT 'vanished', pg_sleep(0.3)::text");
    await new Promise((resolve) => setTimeout(resolve, 150));
    proxy.blackHole();
    const error = await failureOf(write);
    expect(error).toMatchObject({ cause: 'QUERY_TIMEOUT', attempts: 1, failure: { outcomeUnknown: true } });
    // The server had it all along: repeating it would have been a duplicate.
    const { rows } = await pool.database.query("SELECT id FROM notes WHERE id = 'vanished'", [], read);
    expect(rows).toHaveLength(1);
  });

  it('that ended at the client never hands its connection to the next one', async () => {
    const pool = open({ env: { DATABASE_POOL_SIZE: '1', DATABASE_MAX_RETRIES: '0' } });
    const slow = failureOf(pool.database.query('SELECT pg_sleep(1)', [], { deadlineMs: 300 }));
    expect((await slow).cause).toBe('QUERY_TIMEOUT');
    const { rows } = await pool.database.query('SELECT 2 AS two');
    expect(rows).toEqual([{ two: 2 }]);
  });

  it('that runs into the limit of the server keeps its connection and is not repeated', async () => {
    const pool = open({ env: { DATABASE_POOL_SIZE: '1' } });
    const error = await failureOf(pool.database.query('SELECT pg_sleep(5)', [], read));
    expect(error).toMatchObject({ cause: 'QUERY_TIMEOUT', sqlstate: '57014', attempts: 1 });
    await pool.database.query('SELECT 1');
    expect(proxy.taken()).toBe(1);
  });

  it('is refused at once when the line is full, and in time when it is not; the breaker hears nothing', async () => {
    const pool = open({
      env: { DATABASE_POOL_SIZE: '1', DATABASE_QUEUE_SIZE: '1', DATABASE_ACQUIRE_TIMEOUT: '0.2' },
      opening: { kind: 'consecutive', failures: 1 },
    });
    // Busy, and heard all the time: not the server's failure.
    const holder = pool.database.transaction(async ({ query }) => {
      for (let count = 0; count < 12; count += 1) await query('SELECT pg_sleep(0.05)');
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const waiting = failureOf(pool.database.query('SELECT 1'));
    const refused = await failureOf(pool.database.query('SELECT 1'));
    expect(refused).toMatchObject({
      cause: 'POOL_EXHAUSTED',
      message: expect.stringContaining('the line is full'),
    });
    expect(await waiting).toMatchObject({
      cause: 'POOL_EXHAUSTED',
      message: expect.stringContaining('within 200 ms'),
      attempts: 1,
    });
    await holder;
    expect(pool.breaker.status().state).toBe('closed');
  });

  it('is not repeated when the server refuses the statement, and does not count as a failed connection', async () => {
    const pool = open({ opening: { kind: 'consecutive', failures: 1 } });
    const error = await failureOf(pool.database.query('SELECT nonsense', [], read));
    expect(error).toMatchObject({ cause: 'STATEMENT_REJECTED', sqlstate: '42703', attempts: 1 });
    expect(pool.operations).toEqual(['refused']);
    expect(pool.breaker.status()).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('names a right that its role lacks, which is no failure of the database', async () => {
    const env = { DATABASE_USER: 'reader', DATABASE_PASSWORD: 'reader' };
    const setup = openPool(server);
    await setup.database.query("CREATE ROLE reader LOGIN PASSWORD 'reader'");
    await setup.close();
    const pool = open({ env, opening: { kind: 'consecutive', failures: 1 } });
    const error = await failureOf(pool.database.query('SELECT * FROM notes', [], read));
    expect(error).toMatchObject({ cause: 'PRIVILEGE_MISSING', sqlstate: '42501', attempts: 1 });
    expect(error.failure.unavailable).toBe(false);
    expect(pool.breaker.status()).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('finds the writer again when its server has become read-only', async () => {
    const pool = open();
    await pool.database.query('SELECT 1');
    await server.reload({ parameters: { default_transaction_read_only: 'on' } });
    const readOnly = async () =>
      (await pool.database.query('SHOW default_transaction_read_only')).rows[0]
        ?.default_transaction_read_only;
    while ((await readOnly()) !== 'on') await new Promise((resolve) => setTimeout(resolve, 5));
    const write = pool.database.query("INSERT INTO notes VALUES ('demoted', '')");
    await new Promise((resolve) => setTimeout(resolve, 20));
    await server.reload({ parameters: { default_transaction_read_only: 'off' } });
    await write;
    const causes = pool.log.lines.map(({ cause }) => cause);
    expect(causes).toContain('READ_ONLY');
    expect(pool.pool.stats.replaced).toBeGreaterThan(0);
  });
});

describe('the breaker of the database', () => {
  it('refuses fast and with the cause once it is open, wakes those who wait, and closes by trials alone', async () => {
    const pool = open({
      opening: { kind: 'consecutive', failures: 5, overMs: 300 },
      env: { DATABASE_RETRY_DELAY: '5', DATABASE_MAX_RETRIES: '5' },
    });
    await proxy.refuse();
    const begun = performance.now();
    const waiting = Promise.allSettled(
      Array.from({ length: 40 }, (_, place) =>
        new Promise((resolve) => setTimeout(resolve, place * 15)).then(() => pool.database.query('SELECT 1')),
      ),
    );
    const results = await waiting;
    expect(performance.now() - begun).toBeLessThan(2_500);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(pool.breaker.status()).toMatchObject({ state: 'open', openingCause: 'CONNECTION_REFUSED' });
    await expect(pool.database.query('SELECT 1')).rejects.toMatchObject({
      name: 'CircuitOpenError',
      breaker: 'postgres',
      cause: 'CONNECTION_REFUSED',
      retryAfterMs: expect.any(Number),
    });
    await proxy.listen();
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    await pool.database.trial();
    await pool.database.trial();
    expect(pool.breaker.status().state).toBe('closed');
  });
});
