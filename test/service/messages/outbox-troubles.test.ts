import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { anEvent, type Registering, startRegistering } from '../registration/registration-fixture.ts';
import { until } from './delivery-fixture.ts';
import { redisQueue } from './redis-queue.ts';

const program = findRedis();
const queue = 'hokusai:model_ready_queue';

(program ? describe : describe.skip)('a database that answers and does not let messages be delivered', () => {
  let redis: RedisProcess;
  let at: Registering;
  beforeAll(async () => {
    redis = await startRedisProcess(program ?? '');
    at = await startRegistering({
      ...redisQueue(redis.port, queue),
      DATABASE_LOCK_TIMEOUT: '0.3',
      DATABASE_RETRY_DELAY: '0.05',
      DATABASE_MAX_RETRIES: '1',
    });
  });
  afterAll(async () => {
    await at?.dispose();
    redis?.dispose();
  });

  const work = 'delivering messages';
  const shown = async (): Promise<{ work: string; cause: string }[]> =>
    (await at.api.get('/health/detailed')).body.messages.troubles;
  const cause = async () => (await shown()).find((one) => one.work === work)?.cause;
  const told = () =>
    at.api.log.entries().filter((entry) => entry.work === work && entry.msg === `${work} failed`);
  const entries = async () => Number(await redis.command('LLEN', queue));

  it('is told once, and what waited is delivered when it lets', async () => {
    await at.sql('ALTER TABLE breakwater_transports RENAME TO breakwater_elsewhere');
    // What Redis remembers is compared with that table when it has changed.
    await redis.command('FLUSHALL');
    expect((await at.announce(anEvent('waits'))).status).toBe(200);
    await until(async () => (await cause()) === 'SCHEMA_MISSING', 'the trouble');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(told()).toEqual([
      expect.objectContaining({
        level: 'error',
        cause: 'SCHEMA_MISSING',
        detail: expect.stringContaining('breakwater_transports'),
      }),
    ]);
    await at.sql('ALTER TABLE breakwater_elsewhere RENAME TO breakwater_transports');
    await until(async () => (await entries()) === 1, 'the event');
    await until(async () => (await cause()) === undefined, 'the end of the trouble');
  });

  it('is told when somebody holds a lock on what the relay needs', async () => {
    const before = told().length;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const holder = at.api.database.transaction(async ({ query }) => {
      await query('LOCK TABLE breakwater_transports IN ACCESS EXCLUSIVE MODE');
      await released;
    });
    try {
      await redis.command('FLUSHALL');
      expect((await at.announce(anEvent('waits for a lock'))).status).toBe(200);
      await until(async () => (await cause()) === 'QUERY_TIMEOUT', 'the trouble');
      expect(told().length).toBe(before + 1);
    } finally {
      release();
      await holder;
    }
    await until(async () => (await entries()) === 2, 'the event');
  });
});
