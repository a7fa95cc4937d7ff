import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { depth, mostHeld, publishBatch } from '../../../core/messages/index.ts';
import { createCleanUp } from '../../../service/messages/clean-up.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import {
  downCause,
  keys,
  numbersIn,
  queue,
  startListRelay,
  until,
} from '../../core/messages/lists-fixture.ts';
import { aMessage, type Outbox, startOutbox } from '../../core/messages/outbox-fixture.ts';
import { type FaultProxy, startFaultProxy } from '../../fixtures/fault-proxy.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { keepLog } from '../postgres/pool-fixture.ts';
import { closeAll, openRedis } from '../redis/redis-fixture.ts';

const program = findRedis();
const keptMs = 86_400_000;

(program ? describe : describe.skip)('a task that cleans up', () => {
  let at: Outbox;
  let redis: RedisProcess;
  let proxy: FaultProxy;
  let log: ReturnType<typeof keepLog>;
  beforeAll(async () => {
    at = await startOutbox();
  });
  afterAll(() => at?.dispose());
  beforeEach(async () => {
    await at.empty();
    log = keepLog();
    redis = await startRedisProcess(program ?? '');
    proxy = await startFaultProxy(redis.port);
  });
  afterEach(async () => {
    await closeAll();
    await proxy.dispose();
    redis.dispose();
  });

  const cleaner = () => {
    const { redis: client } = openRedis(proxy.port);
    const lists = { redis: client, queue, transport: `redis:${queue}` };
    return createCleanUp({ sql: at.database, keptMs, lists, log });
  };
  /** Ends well once its client is connected again. */
  const clean = async (cleanUp = cleaner()): Promise<number> => {
    let removed: number | undefined;
    await until(async () => {
      removed = await cleanUp().catch((error) => {
        if (downCause(error) === undefined) throw error;
        return undefined;
      });
      return removed !== undefined;
    });
    return removed ?? 0;
  };
  const relaying = async <T>(work: () => Promise<T>): Promise<T> => {
    const { end } = await startListRelay(at, proxy.port);
    return work().finally(end);
  };
  const isSent = async () => (await depth(at.database)).pending === 0;
  const sendLongAgo = async (count: number) => {
    await publishBatch(
      at.database,
      Array.from({ length: count }, (_, index) => aMessage('a', index + 1)),
    );
    await relaying(() => until(isSent));
    await at.sql(`UPDATE breakwater_outbox SET sent_at = now() - interval '2 days'`);
  };
  const five = ['1', '2', '3', '4', '5'];

  const losses: Record<string, () => Promise<unknown>> = {
    'was flushed': () => redis.command('FLUSHALL'),
    'has started anew without persistence': () => redis.crash().then(() => redis.start()),
    'was flushed, and filled by somebody else': async () => {
      await redis.command('FLUSHALL');
      await redis.command('LPUSH', queue, '{}');
      await redis.command('RPOP', queue);
    },
  };
  it.each(Object.keys(losses))('removes nothing from a Redis that %s, and all is sent again', async (how) => {
    await sendLongAgo(5);
    await losses[how]?.();
    expect(await clean()).toBe(0);
    await relaying(() => until(async () => (await numbersIn(redis)).length === 5));
    expect(await numbersIn(redis)).toEqual(five);
  });

  it('removes nothing after a failover to a server that has nothing, and all is sent again', async () => {
    const other = await startRedisProcess(program ?? '');
    try {
      await sendLongAgo(5);
      const cleanUp = cleaner();
      expect(await clean(cleanUp)).toBe(0);
      proxy.target = other.port;
      proxy.cut();
      expect(await clean(cleanUp)).toBe(0);
      await relaying(() => until(async () => (await numbersIn(other)).length === 5));
      expect(await numbersIn(other)).toEqual(five);
    } finally {
      other.dispose();
    }
  });

  it('removes nothing while Redis cannot be asked', async () => {
    await sendLongAgo(5);
    const cleanUp = cleaner();
    expect(await clean(cleanUp)).toBe(0);
    await redis.crash();
    await expect(cleanUp()).rejects.toThrow();
    expect(await depth(at.database)).toMatchObject({ kept: 5 });
  });

  it('removes by the side of others what consumers are done with, once, and nothing else', async () => {
    await sendLongAgo(5);
    for (const _ of [1, 2]) await redis.command('RPOP', queue);
    await redis.command('RPOPLPUSH', queue, keys.processing);
    const removed = await Promise.all([clean(), clean(), clean()]);
    expect(removed.reduce((sum, count) => sum + count)).toBe(2);
    expect(await depth(at.database)).toMatchObject({ kept: 3 });
  });

  it('says once that the lists hold too much, and goes on when they hold less', async () => {
    await sendLongAgo(1);
    await redis.command('RPOP', queue);
    const many = Array.from({ length: mostHeld.entries + 1 }, () => '{}');
    await redis.command('LPUSH', queue, ...many);
    const cleanUp = cleaner();
    expect([await clean(cleanUp), await clean(cleanUp)]).toEqual([0, 0]);
    expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([
      expect.objectContaining({ queue, entries: mostHeld.entries }),
    ]);
    await redis.command('DEL', queue);
    expect(await clean(cleanUp)).toBe(1);
  });
});
