import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from '../../service/redis/index.ts';
import { findRedis } from '../../twin/servers/redis.ts';
import { type FaultProxy, startFaultProxy } from '../fixtures/fault-proxy.ts';
import { type RedisProcess, startRedisProcess } from '../fixtures/redis-process.ts';
import { type Api, type Surroundings, startApi, startSurroundings } from './running.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;

let around: Surroundings;
let api: Api | undefined;
let given: Redis | undefined;
beforeAll(async () => {
  around = await startSurroundings();
});
afterAll(() => around?.dispose());
afterEach(async () => {
  await api?.stop('end of the test');
  api = undefined;
});

/** A service with a route that needs Redis and one that does not. */
const start = async (env: Record<string, string>): Promise<Api> => {
  api = await startApi(
    { ...around.env, REDIS_CB_FAILURE_THRESHOLD: '3', ADMIN_TOKEN: 'operators-token', ...env },
    {
      undocumented: /^\/with(out)?-redis$/,
      routes: (server, { database, redis }) => {
        given = redis;
        server.get('/with-redis', async () => ({ answer: await redis?.command('PING') }));
        server.get('/without-redis', async () => (await database.query('SELECT 1 AS one')).rows);
      },
    },
  );
  return api;
};

const enabled = (port: number) => ({
  REDIS_ENABLED: 'true',
  REDIS_HOST: '127.0.0.1',
  REDIS_PORT: String(port),
  REDIS_TLS_ENABLED: 'false',
});

describe('a service whose Redis', () => {
  it('is off has no client for it, whatever else is set', async () => {
    const on = await start({ ...enabled(9), REDIS_ENABLED: 'false', REDIS_AUTH_TOKEN: 'a-token' });
    expect(given).toBeUndefined();
    expect((await on.get('/without-redis')).status).toBe(200);
    expect((await on.get('/health')).body.services.redis).toBe('disabled');
    expect((await on.get('/health/detailed')).body.redis_pool).toBeUndefined();
  });

  it('has wrong settings starts without a client, and says so', async () => {
    const on = await start({ ...enabled(6379), REDIS_POOL_SIZE: '0' });
    expect(given).toBeUndefined();
    expect(on.log.entries().find(({ msg }) => msg === 'redis is off: its settings are wrong')).toMatchObject({
      problems: [{ variable: 'REDIS_POOL_SIZE', cause: 'SETTING_INVALID' }],
    });
    expect((await on.get('/without-redis')).status).toBe(200);
  });

  it('is away starts and works; what needs it is refused, first with the cause, then by the breaker', async () => {
    const on = await start(enabled(9));
    await on.until('/with-redis', ({ body }) => String(body.detail).includes('CONNECTION_REFUSED'));
    const refused = await on.get('/with-redis');
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await on.until('/with-redis', () => on.breakers.get('redis')?.status().state === 'open');
    expect((await on.get('/with-redis')).status).toBe(503);
    expect((await on.get('/without-redis')).status).toBe(200);
    expect((await on.get('/health/alb')).status).toBe(200);
    const { body } = await on.get('/health/detailed', { authorization: 'Bearer operators-token' });
    expect(body.redis_pool).toEqual({
      size: 2,
      ready: 0,
      pending: 0,
      cause: 'CONNECTION_REFUSED',
      detail: '127.0.0.1 port 9: nothing listens there',
    });
    const told = on.log.entries().filter(({ msg }) => msg === 'redis is not connected');
    expect(told).toMatchObject([{ level: 'warn', port: 9, cause: 'CONNECTION_REFUSED', layer: 'tcp' }]);
  });
});

withRedis('a service whose Redis is there', () => {
  let server: RedisProcess;
  let proxy: FaultProxy;
  beforeAll(async () => {
    server = await startRedisProcess(program ?? '');
    proxy = await startFaultProxy(server.port);
  });
  afterAll(async () => {
    await proxy?.dispose();
    server?.dispose();
  });

  it('uses it, uses it again after an outage without traffic, and leaves no connection behind', async () => {
    const on = await start({ ...enabled(proxy.port), REDIS_CB_RECOVERY_TIMEOUT: '1' });
    await on.until('/with-redis', ({ status, body }) => status === 200 && body.answer === 'PONG');
    await proxy.refuse();
    proxy.cut();
    await on.until('/with-redis', ({ status }) => status === 503);
    await on.until('/with-redis', () => on.breakers.get('redis')?.status().state === 'open');
    await proxy.listen();
    const { body } = await on.until(
      '/health/detailed',
      (answer) => answer.body.details.redis.breaker?.state === 'closed',
      30_000,
    );
    expect(body.redis_pool).toEqual({ size: 2, ready: 2, pending: 0, cause: null });
    expect((await on.get('/with-redis')).body).toEqual({ answer: 'PONG' });
    await on.stop('to see what is left');
    const end = performance.now() + 5_000;
    while (proxy.open() > 0 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(proxy.open()).toBe(0);
  });
});
