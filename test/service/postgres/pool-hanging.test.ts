import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type PostgresServer, startPostgres } from '../../../twin/servers/postgres.ts';
import { type FaultProxy, startFaultProxy } from '../../fixtures/fault-proxy.ts';
import { failureOf, fill, openPool, type PoolSettings, type PoolUnderTest, read } from './pool-fixture.ts';

let server: PostgresServer;
let proxy: FaultProxy;
let current: PoolUnderTest | undefined;

beforeAll(async () => {
  server = await startPostgres();
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

describe('a pool on which every connection hangs', () => {
  const hangs = (env: Record<string, string> = {}) =>
    open({
      env: { DATABASE_POOL_SIZE: '2', DATABASE_ACQUIRE_TIMEOUT: '0.3', ...env },
      opening: { kind: 'consecutive', failures: 5, overMs: 300 },
    });

  /** Queries one after the other, 20 ms apart, and how each ended. */
  const arrive = (pool: PoolUnderTest, count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, place) => {
        await new Promise((resolve) => setTimeout(resolve, place * 20));
        const begun = performance.now();
        const cause = await pool.database.query('SELECT 1', [], read).then(
          () => 'ok',
          (error: { cause: string }) => error.cause,
        );
        return { cause, ms: performance.now() - begun };
      }),
    );

  it('names the server and not the pool, and the breaker opens long before the statements end', async () => {
    const pool = hangs();
    await fill(pool, 2);
    proxy.silent = true;
    proxy.blackHole();
    const ended = arrive(pool, 60);
    await new Promise((resolve) => setTimeout(resolve, 1_150));
    // The two statements that hang end at the client only after 2 s.
    expect(pool.breaker.status()).toMatchObject({ state: 'open', openingCause: 'QUERY_TIMEOUT' });
    const results = await ended;
    expect(results.map(({ cause }) => cause)).not.toContain('POOL_EXHAUSTED');
    expect(results.slice(-20).every(({ ms }) => ms < 1_000)).toBe(true);
  });

  it('because it is connecting, has the layer of the attempts as its cause, and the attempts count when they end', async () => {
    const pool = hangs({ DATABASE_CONNECT_TIMEOUT: '1', DATABASE_MAX_RETRIES: '0' });
    proxy.silent = true;
    const [results] = await Promise.all([
      arrive(pool, 20),
      new Promise((resolve) => setTimeout(resolve, 1_100)),
    ]);
    expect([...new Set(results.map(({ cause }) => cause))]).toEqual(['RESPONSE_TIMEOUT']);
    await pool.close();
  });

  it('hears of attempts that nobody waits for any more', async () => {
    const pool = open({
      env: {
        DATABASE_POOL_SIZE: '2',
        DATABASE_ACQUIRE_TIMEOUT: '0.2',
        DATABASE_CONNECT_TIMEOUT: '0.8',
        DATABASE_MAX_RETRIES: '0',
      },
    });
    proxy.silent = true;
    await Promise.allSettled([pool.database.query('SELECT 1'), pool.database.query('SELECT 1')]);
    expect(pool.breaker.status().failures).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(pool.breaker.status().failures).toBe(4);
  });

  it('does not blame the server when a place came too late to connect', async () => {
    const pool = open({
      env: { DATABASE_POOL_SIZE: '1', DATABASE_ACQUIRE_TIMEOUT: '0.5', DATABASE_MAX_RETRIES: '0' },
    });
    // The place comes after 0.45 s of 0.5 s, without its connection.
    const holder = pool.database.transaction(async ({ query }) => {
      for (let count = 0; count < 4; count += 1) await query('SELECT pg_sleep(0.1)');
      await query('SELECT pg_terminate_backend(pg_backend_pid())');
    });
    holder.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 30));
    proxy.silent = true;
    const late = await failureOf(pool.database.query('SELECT 1'));
    expect(late.cause).toBe('POOL_EXHAUSTED');
    await holder.catch(() => undefined);
  });

  it('lets nobody wait in line once the breaker is open', async () => {
    const pool = open({
      env: {
        DATABASE_POOL_SIZE: '1',
        DATABASE_ACQUIRE_TIMEOUT: '10',
        DATABASE_STATEMENT_TIMEOUT: '5',
      },
    });
    let held = true;
    const holder = pool.database.query('SELECT pg_sleep(2)').finally(() => {
      held = false;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const waiting = pool.database.query('SELECT 1').catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    pool.breaker.holdOpen('test', 'maintenance');
    expect(await waiting).toMatchObject({ name: 'CircuitOpenError', cause: 'maintenance' });
    expect(held).toBe(true);
    await holder;
  });
});
