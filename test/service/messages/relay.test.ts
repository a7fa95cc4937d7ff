import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { anEvent, type Registering, startRegistering } from '../registration/registration-fixture.ts';
import { redisQueue } from './redis-queue.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;
const queue = 'hokusai:model_ready_queue';

const withList = (port: number) => ({
  ...redisQueue(port, queue),
  REDIS_CB_RECOVERY_TIMEOUT: '1',
  REDIS_COMMAND_TIMEOUT: '10',
});

withRedis('the relay to a Redis list', () => {
  let redis: RedisProcess;
  let at: Registering;

  beforeAll(async () => {
    redis = await startRedisProcess(program ?? '');
    at = await startRegistering(withList(redis.port));
  });
  afterAll(async () => {
    await at?.dispose();
    redis?.dispose();
  });
  beforeEach(async () => {
    await redis.command('DEL', queue);
  });

  const entries = async () =>
    ((await redis.command('LRANGE', queue, '0', '-1')) as string[])
      .reverse()
      .map((entry) => JSON.parse(entry));
  const until = async (wanted: () => Promise<boolean>, patienceMs = 15_000) => {
    const end = performance.now() + patienceMs;
    while (!(await wanted())) {
      if (performance.now() > end) throw new Error('it did not come');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const pending = async () =>
    Number(
      (await at.sql('SELECT count(*) FROM breakwater_outbox WHERE sent_at IS NULL AND dead_at IS NULL'))[0]
        ?.count,
    );

  it('delivers an event in the form that consumers read', async () => {
    expect((await at.announce(anEvent('first'))).status).toBe(200);
    await until(async () => (await entries()).length === 1);
    const [entry] = await entries();
    expect(entry).toEqual({
      message_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      message_type: 'model_ready_to_deploy',
      payload: expect.objectContaining({ model_id: 'first/3/HOK-1', improvement_percentage: 6.25 }),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/),
      retry_count: 0,
      max_retries: 3,
    });
    await until(async () => (await pending()) === 0);
  });

  it('keeps events while Redis is gone, costs requests nothing, and delivers them in order when it is back', async () => {
    process.kill(redis.pid, 'SIGSTOP');
    const names = Array.from({ length: 20 }, (_, index) => index);
    for (const index of names) {
      const { status, ms } = await at.announce(anEvent('waiting', { mlflow_run_id: `run-${index}` }));
      expect(status).toBe(200);
      // A command that hangs is given up after ten seconds.
      expect(ms).toBeLessThan(8_000);
    }
    expect(await pending()).toBe(20);
    process.kill(redis.pid, 'SIGCONT');
    await until(async () => (await pending()) === 0, 30_000);
    const runs = (await entries()).map(({ payload }) => payload.mlflow_run_id);
    // What a hung Redis had already been given comes twice; the order of the first ones holds.
    const firsts = runs.filter((run, index) => runs.indexOf(run) === index);
    expect(firsts).toEqual(names.map((index) => `run-${index}`));
  });

  it('sends again what a Redis without its memory has forgotten', async () => {
    await at.announce(anEvent('forgotten'));
    await until(async () => (await pending()) === 0);
    const before = (await at.sql('SELECT count(*) FROM breakwater_outbox'))[0]?.count;
    await redis.command('FLUSHALL');
    await at.announce(anEvent('after'));
    await until(async () => (await entries()).length >= Number(before) + 1);
    const names = (await entries()).map(({ payload }) => payload.model_name);
    expect(names).toContain('forgotten');
    expect(names.at(-1)).toBe('after');
  });

  it('shows what waits in its metrics', async () => {
    await until(
      async () => (await at.api.get('/metrics')).body.includes('breakwater_outbox_depth 0'),
      20_000,
    );
    expect((await at.api.get('/metrics')).body).toMatch(/breakwater_consumer_idle_seconds \d/);
  });
});
