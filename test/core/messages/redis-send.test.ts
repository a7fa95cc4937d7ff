import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  depth,
  type Leased,
  listDepth,
  publishBatch,
  redisTransport,
  TransportDown,
} from '../../../core/messages/index.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
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
import { aMessage, type Outbox, startOutbox } from './outbox-fixture.ts';

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
    expect(found).toEqual([queue, keys.memory, keys.sent, keys.sequence].sort());
    for (const key of [keys.memory, keys.sent, keys.sequence])
      expect(key).toMatch(/^hokusai:model_ready_queue:breakwater:/);
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
});
