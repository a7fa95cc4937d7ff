import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  depth,
  type Leased,
  listDepth,
  publishBatch,
  type RedisCommands,
  redisTransport,
  relayPass,
  TransportDown,
} from '../../../core/messages/index.ts';
import { callOf } from '../../../core/messages/redis/keys.ts';
import { recall } from '../../../core/messages/relay/memory.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { startFaultProxy } from '../../fixtures/fault-proxy.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { startSlowNetwork } from '../../fixtures/slow-network.ts';
import { closeAll, openRedis } from '../../service/redis/redis-fixture.ts';
import {
  downCause,
  entriesOf,
  fillMemory,
  freeMemory,
  keys,
  numbersIn,
  queue,
  startListRelay,
  until,
} from './lists-fixture.ts';
import { aMessage, numberOf, type Outbox, startOutbox } from './outbox-fixture.ts';

const program = findRedis();

(program ? describe : describe.skip)('sending to a Redis list', () => {
  let redis: RedisProcess;
  let at: Outbox;
  beforeAll(async () => {
    [redis, at] = await Promise.all([startRedisProcess(program ?? ''), startOutbox()]);
  });
  afterAll(async () => {
    await closeAll();
    await at?.dispose();
    redis?.dispose();
  });
  beforeEach(async () => {
    await closeAll();
    await freeMemory(redis);
    await redis.command('FLUSHALL');
    await at.empty();
  });

  const leased = (number: number): Leased => ({
    ...aMessage('a', number),
    place: String(number),
    headers: {},
    publishedAt: new Date('2026-01-02T03:04:05.678Z'),
    attempts: 1,
    failures: [],
    token: 'b9d1a3b0-0000-4000-8000-000000000000',
    leasedUntil: new Date(),
  });
  const connected = async () => {
    const { redis: client } = openRedis(redis.port);
    await until(() => client.state.ready > 0, 'a connection');
    const transport = redisTransport(client, queue, downCause);
    transport.known = await transport.look();
    return { client, transport };
  };

  it('puts envelopes exactly as consumers read them, the oldest to the end from which they take', async () => {
    const { transport } = await connected();
    const [first, second] = [leased(1), leased(2)];
    await transport.send([first, second]);
    const entries = await entriesOf(redis);
    expect(entries[0]).toBe(
      JSON.stringify({
        message_id: first.id,
        message_type: 'model_ready_to_deploy',
        payload: first.payload,
        timestamp: '2026-01-02T03:04:05.678',
        retry_count: 0,
        max_retries: 3,
      }),
    );
    expect(JSON.parse(entries[1] ?? '').message_id).toBe(second.id);
    // As a consumer takes it.
    expect(await redis.command('RPOPLPUSH', queue, `${queue}:processing`)).toBe(entries[0]);
  });

  it('touches no keys but the list and its own beside it', async () => {
    const { transport } = await connected();
    await transport.send([leased(1)]);
    const found = ((await redis.command('KEYS', '*')) as string[]).sort();
    const [call = ''] = found.filter((key) => key.startsWith(callOf(queue, '')));
    expect(found).toEqual([queue, call, keys.memory, keys.sent, keys.sequence].sort());
    for (const key of [call, keys.memory, keys.sent, keys.sequence])
      expect(key).toMatch(/^hokusai:model_ready_queue:breakwater:/);
    // Senders come and go.
    expect(await redis.command('TTL', call)).toBe('3600');
  });

  it('counts what it has sent, and numbers its sendings', async () => {
    const { client, transport } = await connected();
    const results = [await transport.send([leased(1), leased(2)]), await transport.send([leased(3)])].flat();
    expect(results.map((result) => result.ok && result.receipt?.sequence)).toEqual(['1', '1', '2']);
    expect(await listDepth(client, queue)).toEqual({
      sent: 3,
      waiting: 3,
      processing: 0,
      deadLetters: 0,
      unparsable: 0,
    });
  });

  it('sends all of a batch or nothing where memory has run out, and says that it waits', async () => {
    const { transport } = await connected();
    await fillMemory(redis);
    const sending = transport.send([leased(1), leased(2)]);
    await expect(sending).rejects.toThrow(TransportDown);
    await expect(sending).rejects.toMatchObject({ cause: 'OUT_OF_MEMORY' });
    expect(await numbersIn(redis)).toHaveLength(0);
    await freeMemory(redis);
    const results = await transport.send([leased(1), leased(2)]);
    expect(results.map(({ ok }) => ok)).toEqual([true, true]);
    expect(await numbersIn(redis)).toEqual(['1', '2']);
  });

  it('and the messages wait in the outbox meanwhile, without an attempt, and go in their order', async () => {
    const { events, end } = await startListRelay(at, redis.port);
    await publishBatch(at.database, [aMessage('a', 0)]);
    await until(async () => (await depth(at.database)).pending === 0);
    await fillMemory(redis);
    await publishBatch(
      at.database,
      Array.from({ length: 120 }, (_, number) => aMessage('a', number + 1)),
    );
    await until(() => events.includes('down OUT_OF_MEMORY'));
    expect(await depth(at.database)).toMatchObject({ pending: 120, dead: 0 });
    expect(await numbersIn(redis)).toHaveLength(1);
    await freeMemory(redis);
    await until(async () => (await depth(at.database)).pending === 0);
    await end();
    expect(await numbersIn(redis)).toEqual(Array.from({ length: 121 }, (_, number) => String(number)));
    expect(await at.sql('SELECT DISTINCT attempts FROM breakwater_outbox')).toEqual([{ attempts: 1 }]);
  });

  it('of a key that is no list says what is wrong, and loses nothing', async () => {
    await redis.command('SET', queue, 'a text');
    await publishBatch(at.database, [aMessage('a', 1)]);
    const { events, end } = await startListRelay(at, redis.port);
    await until(() => events.length > 0);
    expect(events[0]).toBe('down STATEMENT_REJECTED');
    await redis.command('DEL', queue);
    await until(async () => (await depth(at.database)).pending === 0);
    await end();
    expect(await numbersIn(redis)).toEqual(['1']);
  });

  describe('of a size', () => {
    const large = (number: number) => {
      const message = aMessage('a', number);
      return { ...message, payload: { ...message.payload, api_schema: { long: 'x'.repeat(190_000) } } };
    };
    /** Entries of each call that had some. */
    const counting = (client: RedisCommands) => {
      const calls: number[][] = [];
      const through: RedisCommands = {
        command: (name, ...given) => {
          const entries = given.map(String).filter((one) => one.startsWith('{"message_id"'));
          if (entries.length > 0) calls.push(entries.map((entry) => Buffer.byteLength(entry)));
          return client.command(name, ...given);
        },
      };
      return { calls, through };
    };
    /** Whatever their size is. */
    const numbersOf = async (client: RedisCommands) =>
      ((await client.command('LRANGE', queue, 0, -1)) as string[])
        .reverse()
        .map((one) => numberOf(JSON.parse(one)));
    const pass = async (transport: ReturnType<typeof redisTransport>) =>
      relayPass({
        database: at.database,
        transport,
        batch: 500,
        leaseMs: 60_000,
        retries: 3,
        retryDelayMs: 20,
      });

    it('are sent in calls that every network brings in time, and small ones a hundred at once', async () => {
      const { client } = await connected();
      const { calls, through } = counting(client);
      const transport = redisTransport(through, queue, downCause);
      await recall(at.database, transport);
      await publishBatch(
        at.database,
        Array.from({ length: 20 }, (_, number) => large(number)),
      );
      await publishBatch(
        at.database,
        Array.from({ length: 200 }, (_, number) => aMessage('a', number + 20)),
      );
      expect(await pass(transport)).toMatchObject({ sent: 220, lost: 0 });
      for (const call of calls.slice(0, 20))
        expect(call.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(262_144);
      expect(calls.slice(20).map(({ length }) => length)).toEqual([100, 1]);
      expect(await numbersOf(client)).toEqual(Array.from({ length: 220 }, (_, number) => String(number)));
    });

    it('that no deadline allows for are delivered all the same, once and in their order', async () => {
      // A single one takes longer than the 0.3 s that a command has.
      const network = await startSlowNetwork(redis.port, 500_000);
      const { events, end } = await startListRelay(at, network.port);
      await publishBatch(
        at.database,
        Array.from({ length: 3 }, (_, number) => large(number)),
      );
      await until(async () => (await depth(at.database)).pending === 0, 'an empty outbox');
      await end();
      const { client } = await connected();
      expect(await numbersOf(client)).toEqual(['0', '1', '2']);
      expect(events).toContain('down RESPONSE_TIMEOUT');
      await closeAll();
      network.dispose();
    });

    it('are sent fewer at a time after a call that failed, and more again after those that arrive', async () => {
      const { client } = await connected();
      let broken = true;
      const through: RedisCommands = {
        command: (name, ...given) =>
          broken && given.some((one) => String(one).startsWith('{"message_id"'))
            ? Promise.reject(new Error('too late'))
            : client.command(name, ...given),
      };
      const transport = redisTransport(through, queue, () => 'RESPONSE_TIMEOUT');
      transport.known = await transport.look();
      const messages = Array.from({ length: 400 }, (_, number) => leased(number));
      const most = () => transport.part?.(messages) ?? 0;
      expect(most()).toBe(100);
      for (let turn = 0; turn < 4; turn += 1) await transport.send(messages).catch(() => undefined);
      const fewer = most();
      expect(fewer).toBeLessThan(60);
      broken = false;
      await transport.send(messages.slice(0, most()));
      expect(most()).toBeGreaterThan(fewer);
      for (let turn = 0; turn < 5; turn += 1) await transport.send(messages.slice(0, most()));
      expect(most()).toBe(100);
      // One at least, whatever it takes.
      expect(transport.part?.([{ ...leased(1), payload: { long: 'x'.repeat(1_000_000) } }])).toBe(1);
    });
  });

  describe('a call without an answer', () => {
    it('that has arrived is not sent again', async () => {
      const proxy = await startFaultProxy(redis.port);
      const { events, end } = await startListRelay(at, proxy.port);
      proxy.onRequest = (piece) => (piece.includes('"message_id"') ? 'swallow-answer' : 'pass');
      await publishBatch(at.database, [aMessage('a', 1), aMessage('b', 2), aMessage('a', 3)]);
      await until(async () => (await depth(at.database)).pending === 0);
      await end();
      await closeAll();
      await proxy.dispose();
      expect(events).toContain('down CONNECTION_LOST');
      expect(await numbersIn(redis)).toEqual(['1', '2', '3']);
      expect(await at.sql('SELECT DISTINCT sent_sequence FROM breakwater_outbox')).toEqual([
        { sent_sequence: '1' },
      ]);
    });

    it('does nothing when it arrives after it was asked for', async () => {
      const { client } = await connected();
      let held: (() => Promise<unknown>) | undefined;
      const transport = redisTransport(
        {
          command: async (name, ...given) => {
            const isFirst = !held && given.some((one) => String(one).startsWith('{"message_id"'));
            if (!isFirst) return client.command(name, ...given);
            held = () => client.command(name, ...given);
            throw new Error('on its way');
          },
        },
        queue,
        () => 'RESPONSE_TIMEOUT',
      );
      transport.known = await transport.look();
      await expect(transport.send([leased(1)])).rejects.toThrow('on its way');
      await transport.send([leased(1)]);
      await held?.();
      expect(await numbersIn(redis)).toEqual(['1']);
      expect(await listDepth(client, queue)).toMatchObject({ sent: 1, waiting: 1 });
    });

    it('of a message that failed since then does not stand for it', async () => {
      const { client } = await connected();
      let lose = true;
      const transport = redisTransport(
        {
          command: async (name, ...given) => {
            const reply = await client.command(name, ...given);
            if (!lose || !given.some((one) => String(one).startsWith('{"message_id"'))) return reply;
            lose = false;
            throw new Error('no answer');
          },
        },
        queue,
        () => 'RESPONSE_TIMEOUT',
      );
      transport.known = await transport.look();
      await expect(transport.send([leased(1)])).rejects.toThrow('no answer');
      // Its consumer gave it up, and it was redriven.
      const failures = [{ at: '2026-01-02T03:04:05.678Z', attempt: 0, reason: 'x' }];
      await transport.send([{ ...leased(1), failures }]);
      expect(await numbersIn(redis)).toEqual(['1', '1']);
    });

    it('to a server that has lost its memory since then is nothing that it has', async () => {
      const proxy = await startFaultProxy(redis.port);
      const { end } = await startListRelay(at, proxy.port);
      proxy.onRequest = (piece) => {
        if (!piece.includes('"message_id"')) return 'pass';
        proxy.onRequest = () => 'pass';
        proxy.silent = true;
        return 'swallow-answer';
      };
      await publishBatch(at.database, [aMessage('a', 1)]);
      await until(async () => (await numbersIn(redis)).length === 1);
      await redis.command('FLUSHALL');
      proxy.silent = false;
      await until(async () => (await depth(at.database)).pending === 0);
      await end();
      await closeAll();
      await proxy.dispose();
      expect(await numbersIn(redis)).toEqual(['1']);
    });
  });
});
