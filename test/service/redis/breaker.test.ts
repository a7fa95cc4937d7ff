import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CircuitOpenError } from '../../../core/resilience/index.ts';
import { recoverWithoutTraffic } from '../../../service/recovery.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type FaultProxy, startFaultProxy } from '../../fixtures/fault-proxy.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { closeAll, failureOf, openRedis, until } from './redis-fixture.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;

withRedis('the breaker of Redis', () => {
  let server: RedisProcess;
  let proxy: FaultProxy;
  /** What was sent to the server, all connections together. */
  let sent: string;
  beforeEach(async () => {
    server = await startRedisProcess(program ?? '');
    proxy = await startFaultProxy(server.port);
    sent = '';
    proxy.onRequest = (piece) => {
      sent += piece;
      return 'pass';
    };
  });
  afterEach(async () => {
    await closeAll();
    await proxy?.dispose();
    server?.dispose();
  });

  const rejectionOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('opens by late commands alone; then a command costs a rejection, and nothing is sent', async () => {
    const { redis, breaker, ready } = openRedis(proxy.port, { failures: 3 });
    await ready(2);
    process.kill(server.pid, 'SIGSTOP');
    try {
      const late = Array.from({ length: 3 }, () => failureOf(redis.command('GET', 'first')));
      for (const { cause } of await Promise.all(late)) expect(cause).toBe('RESPONSE_TIMEOUT');
      expect(breaker.status()).toMatchObject({ state: 'open', openingCause: 'RESPONSE_TIMEOUT' });
      const begun = performance.now();
      for (let count = 0; count < 1_000; count += 1) {
        const error = await rejectionOf(redis.command('GET', 'second'));
        expect(error).toBeInstanceOf(CircuitOpenError);
      }
      expect(await rejectionOf(redis.pipeline([['GET', 'second']]))).toMatchObject({
        breaker: 'redis',
        cause: 'RESPONSE_TIMEOUT',
      });
      // One of them alone would have waited for 300 ms.
      expect(performance.now() - begun).toBeLessThan(5_000);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    expect(sent).toContain('first');
    expect(sent).not.toContain('second');
  });

  it('opens by commands that found no connection', async () => {
    const { redis, breaker, ready } = openRedis(proxy.port, { failures: 3 });
    await ready(2);
    await proxy.refuse();
    proxy.cut();
    await until(() => redis.state.failure?.cause === 'CONNECTION_REFUSED', 'refused');
    for (let count = 0; count < 3; count += 1) await failureOf(redis.command('GET', 'a'));
    expect(breaker.status()).toMatchObject({ state: 'open', openingCause: 'CONNECTION_REFUSED' });
  });

  it('opens by answers that mean that the server cannot be used, in a pipeline too', async () => {
    const { redis, breaker, ready } = openRedis(proxy.port, { failures: 2 });
    await ready(2);
    await server.command('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    await server.command('REPLICAOF', '127.0.0.1', '9');
    const [answer] = await redis.pipeline([['GET', 'a'], ['PING']]);
    expect(answer).toMatchObject({
      ok: false,
      error: { cause: 'PRIMARY_LINK_DOWN', failure: { blame: 'server' } },
    });
    await until(() => breaker.status().failures === 1, 'one failure');
    await until(() => redis.state.ready > 0 || redis.state.failure !== undefined, 'replaced');
    await failureOf(redis.command('GET', 'a'));
    expect(breaker.status()).toMatchObject({ state: 'open', openingCause: 'PRIMARY_LINK_DOWN' });
  });

  it('closes without traffic once Redis is back', async () => {
    const { redis, breaker, ready } = openRedis(proxy.port, { failures: 2 });
    const recovery = recoverWithoutTraffic(breaker, redis.trial);
    try {
      await ready(2);
      await proxy.refuse();
      proxy.cut();
      await until(() => redis.state.failure?.cause === 'CONNECTION_REFUSED', 'refused');
      for (let count = 0; count < 2; count += 1) await failureOf(redis.command('GET', 'a'));
      expect(breaker.status().state).toBe('open');
      await until(() => breaker.status().failedRecoveries > 0, 'a trial has failed');
      await proxy.listen();
      await until(() => breaker.status().state === 'closed', 'closed', 30_000);
      expect(await redis.command('PING')).toBe('PONG');
    } finally {
      recovery[Symbol.dispose]();
    }
  });
});
