import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../../../twin/servers/free-port.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { openBlackHole } from '../../fixtures/black-hole.ts';
import { type FaultProxy, startFaultProxy } from '../../fixtures/fault-proxy.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { scriptedServer } from '../../fixtures/scripted-server.ts';
import { closeAll, failureOf, openRedis, pause, until } from './redis-fixture.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;

/** Much longer than a deadline, much shorter than a hang. */
const slackMs = 2_000;

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));
afterEach(async () => {
  await closeAll();
  expect(unhandled).toEqual([]);
});

const timed = async <T>(work: Promise<T>): Promise<{ value: T; ms: number }> => {
  const begun = performance.now();
  return { value: await work, ms: performance.now() - begun };
};

describe('a Redis that is not there', () => {
  it('costs a command nothing, says why, and is one log line however often it is tried', async () => {
    const { redis, changes, log } = openRedis(await freePort());
    await until(() => log.lines.filter(({ level }) => level === 'debug').length >= 4, 'four attempts');
    const { value: error, ms } = await timed(failureOf(redis.command('GET', 'a')));
    expect(error).toMatchObject({
      cause: 'CONNECTION_REFUSED',
      failure: { blame: 'server', outcomeUnknown: false },
    });
    expect(ms).toBeLessThan(slackMs);
    await expect(redis.pipeline([['GET', 'a']])).rejects.toMatchObject({ cause: 'CONNECTION_REFUSED' });
    expect(changes()).toEqual(['CONNECTION_REFUSED']);
    expect(redis.state).toMatchObject({
      size: 2,
      ready: 0,
      pending: 0,
      failure: { cause: 'CONNECTION_REFUSED' },
    });
  });

  it('does not count before the first attempt has ended: nothing is known of it yet', async () => {
    const { redis, breaker } = openRedis(await freePort(), { failures: 1 });
    const error = await failureOf(redis.command('GET', 'a'));
    expect(error).toMatchObject({ cause: 'CONNECT_TIMEOUT', failure: { blame: 'nobody' } });
    expect(breaker.status().state).toBe('closed');
    await until(() => redis.state.failure !== undefined, 'the first attempt has ended');
    await failureOf(redis.command('GET', 'a'));
    expect(breaker.status()).toMatchObject({ state: 'open', openingCause: 'CONNECTION_REFUSED' });
  });

  it('answers no attempt to connect: commands fail at once, and closing does not wait for long', async () => {
    const hole = await openBlackHole();
    try {
      const under = openRedis(hole.port);
      await until(() => under.redis.state.failure !== undefined, 'the first attempt has ended');
      const { value: error, ms } = await timed(failureOf(under.redis.command('GET', 'a')));
      expect(error.cause).toBe('CONNECT_TIMEOUT');
      expect(ms).toBeLessThan(slackMs);
      expect(under.changes()).toEqual(['CONNECT_TIMEOUT']);
      expect((await timed(under.redis.close(500))).ms).toBeLessThan(500 + slackMs);
    } finally {
      hole.dispose();
    }
  });

  it('has no name', async () => {
    const { redis, changes } = openRedis(6379, { env: { REDIS_HOST: 'nowhere.invalid' } });
    await until(() => redis.state.failure !== undefined, 'the first attempt has ended');
    expect((await failureOf(redis.command('GET', 'a'))).cause).toMatch(/^DNS_/);
    expect(changes()).toEqual([expect.stringMatching(/^DNS_/)]);
  });
});

describe('a Redis that is slow and not silent', () => {
  it('keeps its connection, although a command was late', async () => {
    const server = await scriptedServer((socket) => {
      let late = '';
      socket.on('data', (piece) => {
        const text = piece.toString();
        // The first is answered when the second comes, and the second with the third.
        if (text.includes('FIRST')) late = '+one\r\n';
        else if (text.includes('SECOND')) {
          socket.write(late);
          late = '+two\r\n';
        } else if (text.includes('THIRD')) socket.write(`${late}+three\r\n`);
        else socket.write(text.includes('PING') ? '+PONG\r\n' : '+OK\r\n');
      });
    });
    try {
      const { redis, ready, changes } = openRedis(server.port, { env: { REDIS_POOL_SIZE: '1' } });
      await ready(1);
      const first = redis.command('FIRST');
      await pause(20);
      const error = await failureOf(redis.command('SECOND'));
      expect(error).toMatchObject({ cause: 'RESPONSE_TIMEOUT', failure: { outcomeUnknown: true } });
      expect(await first).toBe('one');
      expect(redis.state).toMatchObject({ ready: 1, pending: 1 });
      // The late answer is not taken for that of another command.
      expect(await redis.command('THIRD')).toBe('three');
      expect(redis.state).toMatchObject({ ready: 1, pending: 0 });
      expect(changes()).toEqual(['redis is connected']);
    } finally {
      server.dispose();
    }
  });
});

withRedis('a Redis that goes away', () => {
  let server: RedisProcess;
  let proxy: FaultProxy;
  beforeEach(async () => {
    server = await startRedisProcess(program ?? '');
    proxy = await startFaultProxy(server.port);
  });
  afterEach(async () => {
    await proxy?.dispose();
    server?.dispose();
  });

  it('is used again once it is back, without a restart of ours', async () => {
    const { redis, ready, changes } = openRedis(server.port);
    await ready(2);
    const { port } = server;
    server.dispose();
    await until(() => redis.state.failure?.cause === 'CONNECTION_REFUSED', 'refused');
    expect((await failureOf(redis.command('GET', 'a'))).cause).toBe('CONNECTION_REFUSED');
    server = await startRedisProcess(program ?? '', { port: String(port) });
    await ready(2);
    expect(await redis.command('SET', 'a', 'b')).toBe('OK');
    expect(redis.state).toEqual({ size: 2, ready: 2, pending: 0 });
    expect(changes()).toEqual([
      'redis is connected',
      'CONNECTION_LOST',
      'CONNECTION_REFUSED',
      'redis is connected',
    ]);
  });

  it('hangs: commands end at their deadline and then fail at once, until it goes on', async () => {
    const { redis, ready, changes } = openRedis(server.port);
    await ready(2);
    process.kill(server.pid, 'SIGSTOP');
    try {
      const first = await timed(
        Promise.all(Array.from({ length: 20 }, () => failureOf(redis.command('SET', 'a', 'b')))),
      );
      for (const error of first.value)
        expect(error).toMatchObject({
          cause: 'RESPONSE_TIMEOUT',
          failure: { blame: 'server', outcomeUnknown: true },
        });
      expect(first.ms).toBeLessThan(300 + slackMs);
      // Its kernel still takes connections; nothing proves that it answers on them.
      await until(
        () => redis.state.ready === 0 && redis.state.pending === 0,
        'the dead connections are gone',
      );
      await pause(1_000);
      const { value: error, ms } = await timed(failureOf(redis.command('SET', 'a', 'b')));
      expect(error).toMatchObject({ cause: 'RESPONSE_TIMEOUT', failure: { outcomeUnknown: false } });
      expect(ms).toBeLessThan(slackMs);
      expect(changes()).toEqual(['redis is connected', 'RESPONSE_TIMEOUT']);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    await ready(2);
    expect(await redis.command('GET', 'a')).not.toBe('lost');
    expect(changes()).toEqual(['redis is connected', 'RESPONSE_TIMEOUT', 'redis is connected']);
  });

  it('vanishes behind a connection that stays open: the connection is replaced, the others are kept', async () => {
    const { redis, ready } = openRedis(proxy.port);
    await ready(2);
    const taken = proxy.taken();
    proxy.blackHole();
    const errors = await Promise.all([
      failureOf(redis.command('GET', 'a')),
      failureOf(
        redis
          .pipeline([['GET', 'a']])
          .then(([answer]) => Promise.reject(answer?.ok ? answer : answer?.error)),
      ),
    ]);
    for (const { cause } of errors) expect(cause).toBe('RESPONSE_TIMEOUT');
    await until(() => redis.state.ready === 2 && proxy.taken() === taken + 2, 'two new connections');
    expect(await redis.command('PING')).toBe('PONG');
    await until(() => proxy.open() === 2, 'the dead ones are closed');
  });

  it('cuts the connection while commands are under way: what became of them is unknown', async () => {
    const { redis, ready } = openRedis(proxy.port);
    await ready(2);
    proxy.onRequest = () => 'cut';
    const error = await failureOf(redis.command('INCR', 'a'));
    expect(error).toMatchObject({
      cause: 'CONNECTION_LOST',
      failure: { blame: 'server', transient: true, outcomeUnknown: true },
    });
    proxy.onRequest = () => 'pass';
    await ready(2);
    // Sent once: no command is repeated behind the caller's back.
    expect(await redis.command('GET', 'a')).toBeNull();
  });

  it('has become a replica: that connection and all before it are replaced, and lead to the new primary', async () => {
    const { redis, ready } = openRedis(proxy.port);
    await ready(2);
    const other = await startRedisProcess(program ?? '');
    try {
      await server.command('REPLICAOF', '127.0.0.1', String(other.port));
      proxy.target = other.port;
      const error = await failureOf(redis.command('SET', 'a', 'b'));
      expect(error).toMatchObject({ cause: 'READ_ONLY', failure: { blame: 'server', replaces: true } });
      await ready(2);
      expect(await redis.command('SET', 'a', 'b')).toBe('OK');
      expect(await other.command('GET', 'a')).toBe('b');
    } finally {
      other.dispose();
    }
  });

  it('loses each connection as soon as it is made: it is not stormed', async () => {
    openRedis(proxy.port);
    const cutting = setInterval(() => proxy.cut(), 20);
    try {
      await pause(3_000);
    } finally {
      clearInterval(cutting);
    }
    // Without growing pauses it were more than a hundred.
    expect(proxy.taken()).toBeLessThan(60);
  });

  it('has no client connection left: what there is works, and the rest comes when there is room', async () => {
    const small = await startRedisProcess(program ?? '', { maxclients: '1' });
    try {
      const { redis, ready, changes } = openRedis(small.port);
      await until(
        () => redis.state.failure?.cause === 'MAX_CLIENTS' && redis.state.ready === 1,
        'the second connection is refused',
      );
      expect(await redis.command('PING')).toBe('PONG');
      await pause(1_000);
      expect(changes().slice(-2)).toEqual(['redis is connected', 'MAX_CLIENTS']);
      expect(await redis.command('CONFIG', 'SET', 'maxclients', 10)).toBe('OK');
      await ready(2);
      expect(redis.state.failure).toBeUndefined();
    } finally {
      small.dispose();
    }
  });
});
