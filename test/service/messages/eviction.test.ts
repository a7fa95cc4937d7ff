import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { policyThatDropsLists } from '../../../core/messages/index.ts';
import { EvictionWatch } from '../../../service/messages/eviction.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { queue, until } from '../../core/messages/lists-fixture.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { keepLog } from '../postgres/pool-fixture.ts';
import { closeAll, openRedis } from '../redis/redis-fixture.ts';
import { type Registering, startRegistering } from '../registration/registration-fixture.ts';
import { redisQueue } from './redis-queue.ts';

const program = findRedis();

(program ? describe : describe.skip)('a Redis that may delete lists to make room', () => {
  let redis: RedisProcess;
  let at: Registering | undefined;
  beforeAll(async () => {
    redis = await startRedisProcess(program ?? '');
  });
  afterEach(async () => {
    await closeAll();
    await at?.dispose();
    at = undefined;
  });
  afterAll(() => redis?.dispose());

  const policy = (name: string) => redis.command('CONFIG', 'SET', 'maxmemory-policy', name);
  const connected = async () => {
    const client = openRedis(redis.port).redis;
    await until(() => client.state.ready > 0, 'a connection');
    return client;
  };

  it.each([
    ['noeviction', undefined],
    ['volatile-lru', undefined],
    ['volatile-ttl', undefined],
    ['allkeys-lru', 'allkeys-lru'],
    ['allkeys-random', 'allkeys-random'],
  ])('is one with %s: %s', async (name, found) => {
    const client = await connected();
    await policy(name);
    expect(await policyThatDropsLists(client)).toBe(found);
  });

  it('is told of in the log once, by what is set and what to write, and once more when it is put right', async () => {
    const log = keepLog();
    const watch = new EvictionWatch(await connected(), log);
    const look = async (name: string) => {
      await policy(name);
      await watch.look();
      await watch.look();
    };
    await look('noeviction');
    expect([log.lines, watch.warning]).toEqual([[], undefined]);
    await look('allkeys-lru');
    expect(watch.warning).toMatch(/allkeys-lru.* write noeviction, or volatile-lru/);
    await look('volatile-lru');
    expect(watch.warning).toBe(undefined);
    expect(log.lines.map(({ level, policy }) => [level, policy])).toEqual([
      ['warn', 'allkeys-lru'],
      ['info', undefined],
    ]);
  });

  it('is told of in the details of the health, and is no outage', async () => {
    await policy('allkeys-random');
    at = await startRegistering({
      ...redisQueue(redis.port, queue),
    });
    const { api } = at;
    const found = async () => (await api.get('/health/detailed')).body.details.redis;
    await until(async () => (await found()).warning !== undefined, 'the warning');
    expect(await found()).toMatchObject({
      status: 'healthy',
      warning: expect.stringContaining('maxmemory-policy is allkeys-random'),
    });
    await policy('noeviction');
    await until(async () => (await found()).warning === undefined, 'a warning that goes');
  });
});
