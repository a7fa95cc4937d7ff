import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { RedisError, Words } from '../../../service/redis/index.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type FaultProxy, startFaultProxy } from '../../fixtures/fault-proxy.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { closeAll, failureOf, openRedis, until } from './redis-fixture.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;

withRedis('a command', () => {
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
  afterEach(closeAll);

  it('is answered: texts, numbers, bytes, nothing, and maps as lists however its name is written', async () => {
    const { redis, ready } = openRedis(server.port);
    await ready(2);
    expect(await redis.command('SET', 'text', 'grün')).toBe('OK');
    expect(await redis.command('GET', 'text')).toBe('grün');
    expect(await redis.command('GET', 'nothing')).toBeNull();
    expect(await redis.command('SET', 'bytes', Buffer.from([0x67, 0x72]), 'PX', 60_000)).toBe('OK');
    expect(await redis.command('STRLEN', 'bytes')).toBe(2);
    await redis.command('HSET', 'map', 'a', 1, 'b', 2);
    for (const name of ['HGETALL', 'hgetall'])
      expect(await redis.command(name, 'map')).toEqual(['a', '1', 'b', '2']);
  });

  it('shares few connections with many others', async () => {
    const { redis, ready } = openRedis(proxy.port);
    await ready(2);
    const before = proxy.taken();
    const values = Array.from({ length: 500 }, (_, value) => value);
    await Promise.all(values.map((value) => redis.command('SET', `many:${value}`, value)));
    const answers = await Promise.all(values.map((value) => redis.command('GET', `many:${value}`)));
    expect(answers).toEqual(values.map(String));
    expect([proxy.open(), proxy.taken() - before]).toEqual([2, 0]);
    expect(redis.state).toEqual({ size: 2, ready: 2, pending: 0 });
  });

  it('of several goes with them in one piece, and each has its own result', async () => {
    const { redis, ready } = openRedis(proxy.port, { env: { REDIS_POOL_SIZE: '1' } });
    await ready(1);
    let pieces = 0;
    proxy.onRequest = () => {
      pieces += 1;
      return 'pass';
    };
    const answers = await redis.pipeline([
      ['SET', 'several', 'x'],
      ['LPUSH', 'several', 'y'],
      ['GET', 'several'],
    ]);
    expect(pieces).toBe(1);
    expect(answers).toMatchObject([
      { ok: true, value: 'OK' },
      { ok: false, error: { name: 'RedisError', cause: 'STATEMENT_REJECTED', reply: 'WRONGTYPE' } },
      { ok: true, value: 'x' },
    ]);
    expect(await redis.pipeline([])).toEqual([]);
  });

  it('that the server refuses is not the failure of the server, and repeats neither key nor value', async () => {
    const { redis, breaker, ready, changes } = openRedis(server.port, { failures: 1 });
    await ready(2);
    await redis.command('SET', 'a-key-of-ours', 'a-value-of-ours');
    const refused: Words[] = [
      ['LPUSH', 'a-key-of-ours', 'a-value-of-ours'],
      ['NOSUCHCOMMAND', 'a-key-of-ours', 'a-value-of-ours'],
      ['GET', 'a-key-of-ours', 'a-value-of-ours'],
      ['EVALSHA', '0'.repeat(40), 1, 'a-key-of-ours'],
    ];
    const errors: RedisError[] = [];
    for (const words of refused) errors.push(await failureOf(redis.command(...words)));
    expect(errors.map(({ cause, reply }) => [cause, reply])).toEqual([
      ['STATEMENT_REJECTED', 'WRONGTYPE'],
      ['FORBIDDEN', 'ERR'],
      ['STATEMENT_REJECTED', 'ERR'],
      ['STATEMENT_REJECTED', 'NOSCRIPT'],
    ]);
    for (const error of errors) {
      expect(error.failure).toMatchObject({ blame: 'command', transient: false, outcomeUnknown: false });
      expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/of-ours/);
    }
    expect(breaker.status()).toMatchObject({ state: 'closed', failures: 0 });
    expect(changes()).toEqual(['redis is connected']);
  });

  it('that writes is refused by a full server, which still reads; the breaker hears nothing of it', async () => {
    const full = await startRedisProcess(program ?? '', {
      maxmemory: '1kb',
      'maxmemory-policy': 'noeviction',
    });
    try {
      const { redis, breaker, ready } = openRedis(full.port, { failures: 1 });
      await ready(2);
      const error = await failureOf(redis.command('SET', 'large', 'x'));
      expect(error).toMatchObject({ cause: 'OUT_OF_MEMORY', reply: 'OOM', failure: { blame: 'command' } });
      expect(await redis.command('GET', 'large')).toBeNull();
      expect(breaker.status()).toMatchObject({ state: 'closed', failures: 0 });
      await full.command('CONFIG', 'SET', 'maxmemory', '0');
      expect(await redis.command('SET', 'large', 'x')).toBe('OK');
    } finally {
      full.dispose();
    }
  });

  it.each<[Words]>([
    [['BLMOVE', 'a', 'b', 'LEFT', 'RIGHT', 0]],
    [['xread', 'BLOCK', 0, 'STREAMS', 'a', '$']],
    [['SUBSCRIBE', 'a']],
    [['MULTI']],
    [['select', 1]],
  ])('that cannot share a connection is refused as a defect: %s', async (words) => {
    const { redis, ready, breaker } = openRedis(server.port);
    await ready(2);
    await expect(redis.command(...words)).rejects.toThrow(TypeError);
    await expect(redis.pipeline([['PING'], words])).rejects.toThrow(/connection of its own/);
    expect(await redis.command('PING')).toBe('PONG');
    expect(breaker.status().failures).toBe(0);
  });

  it('above the limit of those that wait is refused at once, and nobody is blamed', async () => {
    const { redis, breaker, ready } = openRedis(server.port, { pending: 3, failures: 1 });
    await ready(2);
    const waiting = [redis.command('PING'), redis.pipeline([['PING'], ['PING']])];
    const error = await failureOf(redis.command('PING'));
    expect(error).toMatchObject({
      cause: 'POOL_EXHAUSTED',
      failure: { blame: 'nobody', outcomeUnknown: false },
    });
    await Promise.all(waiting);
    expect(await redis.command('PING')).toBe('PONG');
    expect(breaker.status()).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('that was sent is answered while the client closes; one after that is refused', async () => {
    const under = openRedis(server.port);
    await under.ready(2);
    const sent = under.redis.command('PING');
    const closed = under.close();
    expect(await sent).toBe('PONG');
    await closed;
    const error = await failureOf(under.redis.command('PING'));
    expect(error).toMatchObject({ cause: 'CONNECTION_LOST', failure: { blame: 'nobody' } });
    await until(() => under.redis.state.ready === 0, 'closed');
    expect(under.breaker.status().failures).toBe(0);
  });
});
