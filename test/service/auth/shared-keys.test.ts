import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { admin, type Gateway, judgeKey, startGateway } from '../gateway/gateway-fixture.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;
const path = '/mlflow/api/2.0/mlflow/runs/get';

withRedis('tasks with one Redis', () => {
  let server: RedisProcess;
  let one: Gateway;
  let other: Gateway;

  const start = async (env: Record<string, string> = {}) => {
    const gateway = await startGateway({
      REDIS_ENABLED: 'true',
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(server.port),
      REDIS_TLS_ENABLED: 'false',
      AUTH_SERVICE_TIMEOUT: '0.5',
      ADMIN_TOKEN: 'operators-token',
      ...env,
    });
    await gateway.api.until('/health/detailed', ({ body }) => (body.redis_pool?.ready ?? 0) > 0);
    return gateway;
  };

  beforeAll(async () => {
    server = await startRedisProcess(program ?? '');
  });
  afterAll(() => server?.dispose());
  beforeEach(async () => {
    await server.command('FLUSHALL');
    one = await start();
    other = await start();
  });
  afterEach(async () => {
    process.kill(server.pid, 'SIGCONT');
    await Promise.all([one?.dispose(), other?.dispose()]);
  });

  const keys = () => server.command('KEYS', 'api_key:*') as Promise<string[]>;
  const eventually = async (wanted: () => Promise<boolean>) => {
    const end = performance.now() + 5_000;
    while (!(await wanted())) {
      if (performance.now() > end) throw new Error('it did not come');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('know of each other’s accepted keys while the auth service is away', async () => {
    expect((await one.api.get(path, admin)).status).toBe(200);
    await eventually(async () => (await keys()).length === 1);
    other.auth.answer = (request) => request.socket.destroy();
    expect((await other.api.get(path, admin)).status).toBe(200);
    expect((await other.api.get(path, { 'x-api-key': 'hk_unknown' })).status).toBe(503);
  });

  it('keep no key in it, and nothing for ever', async () => {
    await one.api.get(path, admin);
    await eventually(async () => (await keys()).length === 1);
    const [name = ''] = await keys();
    expect(name).toMatch(/^api_key:validation:[0-9a-f]{64}$/);
    expect(await server.command('GET', name)).not.toContain('hk_admin');
    const life = Number(await server.command('PTTL', name));
    expect(life).toBeGreaterThan(0);
    expect(life).toBeLessThanOrEqual(120_000);
  });

  it('keep nothing of a key that was refused', async () => {
    await one.api.get(path, { 'x-api-key': 'hk_nobody' });
    await one.api.get(path, admin);
    await eventually(async () => (await keys()).length > 0);
    expect(await keys()).toHaveLength(1);
  });

  it('take nothing from it that is no identity', async () => {
    await one.api.get(path, admin);
    await eventually(async () => (await keys()).length === 1);
    const [name = ''] = await keys();
    for (const value of ['', 'text', '[]', '{"at":1}', '{"identity":{"userId":"x"},"at":"now"}']) {
      await server.command('SET', name, value);
      other.auth.answer = (request) => request.socket.destroy();
      expect((await other.api.get(path, admin)).status).toBe(503);
      other.api.breakers.get('auth')?.reset('test', 'next value');
    }
    other.auth.answer = judgeKey;
    expect((await other.api.get(path, admin)).status).toBe(200);
  });

  it.each(['hangs', 'is gone'])('are not held up when it %s', async (how) => {
    const gateways = await Promise.all([1, 2].map(() => start({ REDIS_COMMAND_TIMEOUT: '10' })));
    if (how === 'hangs') process.kill(server.pid, 'SIGSTOP');
    else await server.command('SHUTDOWN', 'NOSAVE').catch(() => undefined);
    for (const gateway of gateways) {
      const { status, ms } = await gateway.api.get(path, admin);
      expect(status).toBe(200);
      // A command alone would be given up after ten seconds.
      expect(ms).toBeLessThan(8_000);
    }
    if (how === 'hangs') process.kill(server.pid, 'SIGCONT');
    await Promise.all(gateways.map((gateway) => gateway.dispose()));
    if (how === 'is gone') server = await startRedisProcess(program ?? '');
  });
});
