import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { careForLists, keysOf, type RedisCommands } from '../../../core/messages/index.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { aPayload, queue, startRedis, type TestRedis } from './redis-outbox.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;
const keys = keysOf(queue);

const envelope = (number: number): string =>
  JSON.stringify({
    message_id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    message_type: 'model_ready_to_deploy',
    payload: aPayload('a', number),
    timestamp: '2026-01-01T00:00:00.000',
    retry_count: 0,
    max_retries: 3,
  });

withRedis('what consumers that died had taken', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis(program ?? '');
  });
  afterAll(() => redis?.dispose());
  beforeEach(async () => {
    await redis.command('FLUSHALL');
  });

  const push = (...numbers: number[]) => redis.command('LPUSH', keys.queue, ...numbers.map(envelope));
  const take = () => redis.command('RPOPLPUSH', keys.queue, keys.processing);
  const care = (now: number, through: RedisCommands = redis) =>
    careForLists(through, queue, { reclaimMs: 1_000, bury: async () => true, now: () => now });
  const numbersIn = async (key: string) =>
    ((await redis.command('LRANGE', key, '0', '-1')) as string[])
      .map((entry) => Number(JSON.parse(entry).payload.model_version))
      .reverse();

  it('comes back in its order, before what nobody had', async () => {
    await push(1, 2, 3, 4);
    await take();
    await take();
    await care(0);
    expect(await care(1_000)).toMatchObject({ reclaimed: 2 });
    expect(await numbersIn(keys.queue)).toEqual([1, 2, 3, 4]);
  });

  it('is looked at from the oldest on, when it is much', async () => {
    const numbers = Array.from({ length: 700 }, (_, number) => number);
    await push(...numbers);
    for (const _ of numbers) await take();
    await care(0);
    await care(1_000);
    expect(await numbersIn(keys.queue)).toEqual(numbers.slice(0, 500));
  });

  it('is not taken from a consumer that got it in between', async () => {
    await push(1);
    await take();
    await care(0);
    const late: RedisCommands = {
      command: async (name, ...args) => {
        const reply = await redis.command(name, ...args);
        if (name === 'HGETALL') {
          // Another relay is quicker, and a consumer that is alive takes the message.
          await care(1_000);
          await take();
        }
        return reply;
      },
    };
    expect(await care(1_000, late)).toMatchObject({ reclaimed: 0 });
    expect(await numbersIn(keys.processing)).toEqual([1]);
  });

  it('is given up after its fourth consumer, and how often is not kept for ever', async () => {
    await push(1);
    for (let death = 0; death < 3; death++) {
      await take();
      await care(death * 10_000);
      expect(await care(death * 10_000 + 1_000)).toMatchObject({ reclaimed: 1 });
      expect(Number(await redis.command('TTL', keys.reclaims))).toBeGreaterThan(0);
    }
    await take();
    await care(100_000);
    expect(await care(101_000)).toMatchObject({ reclaimed: 0, buried: 1 });
    expect(await redis.command('HLEN', keys.reclaims)).toBe(0);
  });

  it('is put aside when the outbox cannot keep it, and what is behind it is not held up', async () => {
    await redis.command('LPUSH', keys.deadLetters, envelope(1), envelope(2));
    const report = await careForLists(redis, queue, {
      reclaimMs: 1_000,
      bury: async ({ envelope: { payload } }) => payload.model_version === '2',
    });
    expect(report).toMatchObject({ buried: 1, unparsable: 1 });
    expect(await numbersIn(keys.unparsable)).toEqual([1]);
    expect(await numbersIn(keys.deadLetters)).toEqual([]);
  });
});
