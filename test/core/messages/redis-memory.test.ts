import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  acknowledge,
  claim,
  depth,
  type Leased,
  publishBatch,
  redisTransport,
  relayPass,
} from '../../../core/messages/index.ts';
import { recall, resend } from '../../../core/messages/relay/memory.ts';
import { MemoryChanged } from '../../../core/messages/transport.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type FaultProxy, startFaultProxy } from '../../fixtures/fault-proxy.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { closeAll, openRedis } from '../../service/redis/redis-fixture.ts';
import { downCause, type ListRelay, numbersIn, queue, startListRelay, until } from './lists-fixture.ts';
import { aMessage, type Outbox, startOutbox } from './outbox-fixture.ts';

const program = findRedis();

(program ? describe : describe.skip)('a Redis that loses its memory', () => {
  let at: Outbox;
  let redis: RedisProcess;
  let relays: ListRelay[] = [];
  beforeAll(async () => {
    at = await startOutbox();
  });
  afterAll(() => at?.dispose());
  beforeEach(async () => {
    await at.empty();
    redis = await startRedisProcess(program ?? '', { 'repl-diskless-sync-delay': '0' });
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map(({ end }) => end()));
    relays = [];
    await closeAll();
    redis.dispose();
  });

  const relay = async (port = redis.port): Promise<ListRelay> => {
    const started = await startListRelay(at, port);
    relays.push(started);
    return started;
  };
  const isEmpty = async () => (await depth(at.database)).pending === 0;
  let published = 0;
  beforeEach(() => {
    published = 0;
  });
  /** Publishes the next messages, all of one key. */
  const put = async (count: number) => {
    const messages = Array.from({ length: count }, () => {
      published += 1;
      return aMessage('a', published);
    });
    await publishBatch(at.database, messages);
  };
  const send = async (count: number) => {
    await put(count);
    await until(isEmpty, 'an empty outbox');
  };
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
  const firstsOf = (numbers: readonly string[]) => [...new Set(numbers)];
  /** As a consumer does that acknowledges at once. */
  const consume = async (count: number) => {
    for (let taken = 0; taken < count; taken += 1) await redis.command('RPOP', queue);
  };

  it('in a restart without persistence is sent everything again, in its order, before what is new', async () => {
    const { events } = await relay();
    await send(3);
    await consume(1);
    await redis.crash();
    await redis.start();
    await put(2);
    await until(isEmpty);
    expect(await numbersIn(redis)).toEqual(range(1, 5));
    expect(events.filter((event) => event.startsWith('resent'))).toEqual(['resent 3']);
  });

  it('notices it also when nothing new is published', async () => {
    const { events } = await relay();
    await send(3);
    await redis.crash();
    await redis.start();
    await until(async () => (await numbersIn(redis).catch(() => [])).length === 3, 'what was forgotten');
    expect(await numbersIn(redis)).toEqual(range(1, 3));
    expect(events).toContain('resent 3');
  });

  it('in a restart with an older snapshot is sent only what it has forgotten', async () => {
    const { events } = await relay();
    await send(4);
    await consume(2);
    await redis.command('SAVE');
    await send(3);
    await redis.crash();
    await redis.start();
    expect(await numbersIn(redis)).toEqual(['3', '4']);
    await send(1);
    expect(await numbersIn(redis)).toEqual(range(3, 8));
    expect(events.filter((event) => event.startsWith('resent'))).toEqual(['resent 3']);
  });

  it('in a restart with everything on disk is sent nothing twice', async () => {
    await relay();
    await send(4);
    await redis.command('SAVE');
    await redis.crash();
    await redis.start();
    await send(1);
    expect(await numbersIn(redis)).toEqual(range(1, 5));
  });

  it('is sent it again by a relay that was not there when it happened', async () => {
    await relay();
    await send(3);
    await relays.splice(0)[0]?.end();
    await redis.crash();
    await redis.start();
    const { events } = await relay();
    await send(1);
    expect(await numbersIn(redis)).toEqual(range(1, 4));
    expect(events).toEqual(['resent 3']);
  });

  it('because somebody flushed it is sent everything again, by whichever relay comes first', async () => {
    // The second relay has sent nothing: it has no number that it could miss.
    const [first, second] = [await relay(), await relay()];
    await second.end();
    await send(5);
    await first.end();
    await redis.command('FLUSHALL');
    second.relay.start();
    await send(1);
    first.relay.start();
    await send(1);
    await Promise.all([first.end(), second.end()]);
    expect(firstsOf(await numbersIn(redis)).sort()).toEqual(range(1, 7));
    expect(await numbersIn(redis)).toEqual(range(1, 7));
  });

  it('while two relays send is sent each message again once, not once by each of them', async () => {
    await relay();
    await relay();
    for (let turn = 0; turn < 10; turn += 1) await send(20);
    for (const lose of [() => redis.command('FLUSHALL'), () => redis.crash().then(() => redis.start())]) {
      await lose();
      await put(20);
      await until(
        async () => (await isEmpty()) && (await numbersIn(redis)).length >= published,
        'everything',
      );
      expect(await numbersIn(redis)).toEqual(range(1, published));
    }
    const resent = relays.flatMap(({ events }) => events.filter((event) => event.startsWith('resent')));
    expect(resent.sort()).toEqual(['resent 200', 'resent 220']);
  });

  it('in a failover to a replica that was behind is sent only what that one never had', async () => {
    const replica = await startRedisProcess(program ?? '');
    const proxy: FaultProxy = await startFaultProxy(redis.port);
    try {
      const { events } = await relay(proxy.port);
      await send(3);
      await replica.command('REPLICAOF', '127.0.0.1', String(redis.port));
      await until(async () => Number(await replica.command('LLEN', queue)) === 3, 'the replica');
      await replica.command('REPLICAOF', 'NO', 'ONE');
      await send(4);
      proxy.target = replica.port;
      proxy.cut();
      await send(1);
      expect(await numbersIn(replica)).toEqual(range(1, 8));
      expect(events.filter((event) => event.startsWith('resent'))).toEqual(['resent 4']);
      await relays.splice(0)[0]?.end();
    } finally {
      await closeAll();
      await proxy.dispose();
      replica.dispose();
    }
  });

  const transportOf = (name = queue) => redisTransport(openRedis(redis.port).redis, name, downCause);
  const pass = (transport: ReturnType<typeof transportOf>) =>
    relayPass({ database: at.database, transport, batch: 50, leaseMs: 60_000, retries: 3, retryDelayMs: 20 });
  const connected = async (transport: ReturnType<typeof transportOf>) => {
    await until(() =>
      transport.look().then(
        () => true,
        () => false,
      ),
    );
    await recall(at.database, transport);
    return transport;
  };

  it('between a sending and its acknowledgement is not believed: the acknowledgement is lost', async () => {
    const transport = await connected(transportOf());
    await put(2);
    const held: Leased[] = await claim(at.database, { limit: 10, leaseMs: 60_000 });
    const [result] = await transport.send(held);
    if (!result?.ok || !result.receipt) throw new Error('it was not sent');
    await redis.crash();
    await redis.start();
    // Another relay notices it first.
    const other = await connected(transportOf());
    await put(1);
    await at.expire();
    const changed = await pass(other).catch((error) => error);
    expect(changed).toBeInstanceOf(MemoryChanged);
    await resend(at.database, other);
    expect(await acknowledge(at.database, held, { ...result.receipt, transport: transport.name })).toEqual([
      'lost',
      'lost',
    ]);
    expect(await depth(at.database)).toMatchObject({ pending: 3, kept: 0 });
  });

  it('is no reason to send to it what went elsewhere', async () => {
    const elsewhere = await connected(transportOf('another_queue'));
    await put(3);
    await pass(elsewhere);
    // As if by a transport that gives no receipts.
    await put(1);
    await acknowledge(at.database, await claim(at.database, { limit: 10, leaseMs: 60_000 }));
    await relay();
    await send(2);
    expect(await numbersIn(redis)).toEqual(['5', '6']);
    await redis.command('DEL', queue);
    await redis.crash();
    await redis.start();
    await send(1);
    expect(await numbersIn(redis)).toEqual(['5', '6', '7']);
  });

  it('sends again what is dead to nobody', async () => {
    await relay();
    await send(2);
    await at.sql(
      `UPDATE breakwater_outbox SET dead_at = now(), dead_reason = 'x', sent_at = NULL WHERE id = 1`,
    );
    await redis.command('FLUSHALL');
    await send(1);
    expect(await numbersIn(redis)).toEqual(['2', '3']);
  });
});
