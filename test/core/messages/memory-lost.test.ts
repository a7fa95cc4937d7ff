import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { acknowledge, claim, keysOf, MemoryChanged, relayPass } from '../../../core/messages/index.ts';
import { recall, resend } from '../../../core/messages/relay/memory.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { queue, type RedisOutbox, startRedisOutbox, until } from './redis-outbox.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;

withRedis('a Redis that has lost its memory', () => {
  let at: RedisOutbox;
  beforeAll(async () => {
    at = await startRedisOutbox(program ?? '');
  });
  afterAll(() => at?.dispose());
  beforeEach(() => at.empty());

  const pass = (transport: ReturnType<RedisOutbox['transport']>) =>
    relayPass({
      database: at.database,
      transport,
      batch: 100,
      leaseMs: 60_000,
      retries: 3,
      retryDelayMs: 10,
    });
  const knowing = async () => {
    const transport = at.transport();
    await recall(at.database, transport);
    return transport;
  };
  const notedServer = async () =>
    (await at.sql('SELECT server_id FROM breakwater_transports'))[0]?.server_id as string;

  it('is noticed by a relay that has nothing to send', async () => {
    const relay = at.relay();
    relay.start();
    await at.publish('a', 1, 2, 3);
    await until(async () => (await at.waiting()).length === 3);
    await until(async () => (await at.pending()) === 0);
    await at.redis.command('FLUSHALL');
    await until(async () => (await at.waiting()).length === 3);
    expect(await at.waiting()).toEqual([1, 2, 3]);
    await relay.drain(1_000);
  });

  it('is one whose list and mark somebody has deleted; of a list alone that was deleted nobody can tell', async () => {
    const transport = await knowing();
    await at.publish('a', 1, 2);
    await pass(transport);
    await at.redis.command('DEL', queue);
    await expect(transport.check()).resolves.toBe(undefined);
    await at.redis.command('DEL', keysOf(queue).memory);
    await expect(transport.check()).rejects.toThrow(MemoryChanged);
    await resend(at.database, transport);
    await pass(transport);
    expect(await at.waiting()).toEqual([1, 2]);
  });

  it('takes nothing from a relay that has sent little to it before, until it has the rest again', async () => {
    const [busy, idle] = [await knowing(), await knowing()];
    await at.publish('a', 1, 2, 3);
    await pass(busy);
    await at.redis.command('FLUSHALL');
    await at.publish('a', 4);
    await expect(pass(idle)).rejects.toThrow(MemoryChanged);
    expect(await at.waiting()).toEqual([]);
    await resend(at.database, idle);
    await pass(idle);
    expect(await at.waiting()).toEqual([1, 2, 3, 4]);
  });

  it('does not mark a message as sent that it took before, and does not hold it up either', async () => {
    const [slow, quick] = [await knowing(), await knowing()];
    await at.publish('a', 1, 2);
    const send = slow.send.bind(slow);
    slow.send = async (messages) => {
      const results = await send(messages);
      await at.redis.command('FLUSHALL');
      await resend(at.database, quick);
      return results;
    };
    expect(await pass(slow)).toMatchObject({ claimed: 2, sent: 0, lost: 2 });
    expect(await pass(quick)).toMatchObject({ claimed: 2, sent: 2 });
    expect(await at.waiting()).toEqual([1, 2]);
  });

  it('is not taken for an older one by a relay that notices it late', async () => {
    const [late, quick] = [await knowing(), await knowing()];
    await at.publish('a', 1);
    await pass(quick);
    await at.redis.command('FLUSHALL');
    await at.publish('a', 2);
    await expect(pass(late)).rejects.toThrow(MemoryChanged);
    // Lost once more, and seen to, before the first loss is.
    await at.redis.command('FLUSHALL');
    await resend(at.database, quick);
    await pass(quick);
    const server = await notedServer();
    expect(await resend(at.database, late)).toEqual({ count: 0, serverId: server });
    expect(await notedServer()).toBe(server);
    expect(await at.waiting()).toEqual([1, 2]);
  });

  it('gets everything again however much it was', async () => {
    const transport = await knowing();
    await at.publish('a', 1);
    await pass(transport);
    await at.sql(
      `INSERT INTO breakwater_outbox (message_type, ordering_key, payload, sent_at, sent_sequence, sent_to)
       SELECT message_type, ordering_key, payload, now(), 1, sent_to FROM breakwater_outbox, generate_series(1, 20_500)`,
    );
    await at.redis.command('FLUSHALL');
    expect(await resend(at.database, transport)).toMatchObject({ count: 20_501 });
    expect(await at.pending()).toBe(20_501);
  });

  it('is sent again nothing that went to another transport', async () => {
    const transport = await knowing();
    await at.publish('a', 1);
    await pass(transport);
    await at.sql(
      `INSERT INTO breakwater_outbox (message_type, ordering_key, payload, sent_at, sent_sequence, sent_to)
       SELECT message_type, ordering_key, payload, now(), place, elsewhere
       FROM breakwater_outbox, (VALUES (NULL::bigint, NULL), (7, 'redis:another')) AS other (place, elsewhere)`,
    );
    await at.redis.command('FLUSHALL');
    expect(await resend(at.database, transport)).toMatchObject({ count: 1 });
  });

  it('is known again after a relay has found that another server is noted than its own', async () => {
    const lost: number[] = [];
    const relay = at.relay({ passed: (report) => lost.push(report.lost) });
    relay.start();
    await at.publish('a', 1);
    await until(async () => (await at.pending()) === 0);
    // As when the database was restored from a backup.
    await at.sql(`UPDATE breakwater_transports SET server_id = 'of another day'`);
    await at.publish('a', 2);
    await until(async () => (await at.pending()) === 0);
    expect(await notedServer()).toBe((await at.transport().look()).serverId);
    expect(lost).toContain(1);
    await relay.drain(1_000);
  });

  it('leaves what is acknowledged without a server as it is', async () => {
    await at.publish('a', 1);
    const leases = await claim(at.database, { limit: 1, leaseMs: 60_000 });
    expect(await acknowledge(at.database, leases)).toEqual(['done']);
  });
});
