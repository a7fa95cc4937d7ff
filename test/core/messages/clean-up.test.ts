import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cleanUp, type Held, heldIn, keysOf, relayPass } from '../../../core/messages/index.ts';
import { recall, resend } from '../../../core/messages/relay/memory.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { queue, type RedisOutbox, startRedisOutbox, until } from './redis-outbox.ts';

const program = findRedis();
const keys = keysOf(queue);
const dayMs = 86_400_000;
const limits = { entries: 10_000, bytes: 8 * 1_024 * 1_024 };

(program ? describe : describe.skip)('cleaning up what went to Redis lists', () => {
  let at: RedisOutbox;
  let transport: ReturnType<RedisOutbox['transport']>;
  beforeAll(async () => {
    at = await startRedisOutbox(program ?? '');
  });
  afterAll(() => at?.dispose());
  beforeEach(async () => {
    await at.empty();
    transport = at.transport();
    await recall(at.database, transport);
  });

  const pass = () =>
    relayPass({
      database: at.database,
      transport,
      batch: 100,
      leaseMs: 60_000,
      retries: 3,
      retryDelayMs: 10,
    });
  const send = async (...numbers: number[]) => {
    await at.publish('a', ...numbers);
    await pass();
  };
  const sendLongAgo = async (...numbers: number[]) => {
    await send(...numbers);
    await at.sql(
      `UPDATE breakwater_outbox SET sent_at = now() - interval '2 days' + id * interval '1 second'
       WHERE sent_at > now() - interval '1 day'`,
    );
  };
  const look = async (): Promise<Held | undefined> => {
    const found = await heldIn(at.redis, queue);
    return typeof found === 'string' ? undefined : found;
  };
  const clean = (held: () => Promise<Held | undefined> = look) =>
    cleanUp(at.database, dayMs, { memory: { transport: transport.name, held } });
  /** Numbers of the messages that the outbox has. */
  const kept = async () =>
    (
      await at.sql<{ number: number }>(
        `SELECT (payload->>'model_version')::integer AS number FROM breakwater_outbox ORDER BY 1`,
      )
    ).map(({ number }) => number);
  const take = async () => String(await at.redis.command('RPOPLPUSH', queue, keys.processing));
  const done = (entry: string) => at.redis.command('LREM', keys.processing, 1, entry);
  /** What Redis does not have is sent again, and stands there in its order. */
  const flushAndResend = async () => {
    await at.redis.command('FLUSHALL');
    await resend(at.database, transport);
    await pass();
    return at.waiting();
  };

  it('removes what consumers have done, and keeps what they have not taken', async () => {
    await sendLongAgo(1, 2, 3, 4, 5);
    for (const _ of [1, 2]) await done(await take());
    expect(await clean()).toBe(2);
    expect(await kept()).toEqual([3, 4, 5]);
    expect(await clean()).toBe(0);
  });

  it('keeps a message that a consumer still has while others have done what came after it', async () => {
    await sendLongAgo(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    await take();
    for (const _ of [2, 3, 4, 5]) await done(await take());
    expect(await clean()).toBe(4);
    expect(await kept()).toEqual([1, 6, 7, 8, 9, 10]);
    expect(await flushAndResend()).toEqual([1, 6, 7, 8, 9, 10]);
  });

  it('keeps one that its consumer has put back behind the others, written anew', async () => {
    await sendLongAgo(1, 2, 3);
    const entry = await take();
    // As `json.dumps` writes it.
    const again = JSON.stringify({ ...JSON.parse(entry), retry_count: 1 }, null, 1);
    await at.redis.command('LPUSH', queue, again.replaceAll('\n', ''));
    await done(entry);
    for (const _ of [2, 3]) await done(await take());
    expect(await clean()).toBe(2);
    expect(await flushAndResend()).toEqual([1]);
  });

  it('keeps one that was given up, in either of the two forms, until it is a dead letter of the outbox', async () => {
    await sendLongAgo(1, 2, 3);
    const [first, second] = [await take(), await take()];
    const wrapped = { original_message: first, error: 'no', failed_at: 'then', original_queue: queue };
    await at.redis.command('LPUSH', keys.deadLetters, JSON.stringify(wrapped), second);
    for (const entry of [first, second, await take()]) await done(entry);
    expect(await clean()).toBe(1);
    expect(await kept()).toEqual([1, 2]);
  });

  it('is not misled by a payload that names another message', async () => {
    await at.publish('a', 1);
    await at.sql(
      `UPDATE breakwater_outbox
       SET payload = payload || '{"tags": {"message_id": "00000000-0000-4000-8000-000000000000"}}'`,
    );
    await pass();
    await at.sql(`UPDATE breakwater_outbox SET sent_at = now() - interval '2 days'`);
    const entry = await take();
    const { message_id, payload, ...rest } = JSON.parse(entry);
    await at.redis.command('LPUSH', queue, JSON.stringify({ payload, ...rest, message_id }));
    await done(entry);
    expect(await clean()).toBe(0);
  });

  it('removes nothing from a Redis that was flushed, before anybody else has noticed', async () => {
    await sendLongAgo(1, 2, 3, 4, 5);
    await at.redis.command('FLUSHALL');
    expect(await clean()).toBe(0);
    // Somebody has looked at it, and set its mark, and has not sent anything again yet.
    await at.transport().look();
    expect(await clean()).toBe(0);
    expect(await flushAndResend()).toEqual([1, 2, 3, 4, 5]);
  });

  it('removes nothing that Redis has forgotten while its lists were asked', async () => {
    await sendLongAgo(1, 2);
    const held = async () => {
      await at.redis.command('FLUSHALL');
      await at.transport().look();
      return look();
    };
    expect(await clean(held)).toBe(0);
    await resend(at.database, transport);
    await pass();
    expect(await at.waiting()).toEqual([1, 2]);
  });

  it('removes nothing by what the lists held before they were lost, and sent again', async () => {
    await sendLongAgo(1, 2);
    const held = async () => {
      const found = await look();
      expect(await flushAndResend()).toEqual([1, 2]);
      // However long ago that is.
      await at.sql(`UPDATE breakwater_outbox SET sent_at = now() - interval '2 days'`);
      return found && { ...found, ids: [] };
    };
    expect(await clean(held)).toBe(0);
  });

  it('waits for whoever is sending again, and removes nothing of that', async () => {
    await sendLongAgo(1, 2);
    for (const _ of [1, 2]) await done(await take());
    const begun = Promise.withResolvers<void>();
    const seen = Promise.withResolvers<void>();
    const resending = at.database.transaction(async (transaction) => {
      await transaction.query('SELECT FROM breakwater_transports FOR UPDATE');
      begun.resolve();
      await seen.promise;
      await transaction.query(`UPDATE breakwater_transports SET server_id = 'another'`);
    });
    await begun.promise;
    const cleaning = clean();
    const waits = async () =>
      (await at.sql(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)).length > 0;
    await until(waits).finally(seen.resolve);
    await resending;
    expect(await cleaning).toBe(0);
    expect(await kept()).toEqual([1, 2]);
  });

  it('removes nothing that its Redis does not remember', async () => {
    await sendLongAgo(1);
    await sendLongAgo(2);
    for (const _ of [1, 2]) await done(await take());
    await at.redis.command('SET', keys.sequence, '1');
    expect(await clean()).toBe(1);
    expect(await kept()).toEqual([2]);
  });

  it('does not remove what was sent after the lists were asked', async () => {
    await sendLongAgo(1);
    await done(await take());
    const held = async () => {
      const found = await look();
      await send(2);
      return found;
    };
    expect(await cleanUp(at.database, 0, { memory: { transport: transport.name, held } })).toBe(1);
    expect(await kept()).toEqual([2]);
  });

  it('by several at once, beside consumers and relays and a Redis that is flushed, loses nothing', async () => {
    const doneWith = new Set<number>();
    const numbers = Array.from({ length: 100 }, (_, index) => index + 1);
    await sendLongAgo(...numbers);
    let ended = false;
    const consume = async () => {
      while (!ended) {
        const entry = await take();
        // So that there is something to lose at each flush.
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (entry === 'null' || entry === '') continue;
        const number = Number(JSON.parse(entry).payload.model_version);
        if (Math.random() < 0.3) {
          const again = JSON.stringify({ ...JSON.parse(entry), retry_count: 1 });
          await at.redis.command('LPUSH', queue, again);
        } else doneWith.add(number);
        await done(entry);
      }
    };
    const cleaning = async () => {
      while (!ended) {
        await clean();
        // Whatever was sent is old at once.
        await at.sql(
          `UPDATE breakwater_outbox SET sent_at = now() - interval '2 days' WHERE sent_at > now() - interval '1 day'`,
        );
      }
    };
    const relay = at.relay();
    relay.start();
    const tasks = [consume(), consume(), cleaning(), cleaning(), cleaning()];
    for (let turn = 0; turn < 5; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      await at.redis.command('FLUSHALL');
    }
    await until(async () => doneWith.size === numbers.length).catch(() => undefined);
    ended = true;
    await Promise.all(tasks);
    await relay.drain(1_000);
    expect(numbers.filter((number) => !doneWith.has(number))).toEqual([]);
  });

  it('leaves what went to another transport alone, and what has no memory to its age', async () => {
    await sendLongAgo(1, 2, 3, 4);
    await at.redis.command('DEL', queue);
    await at.sql(`UPDATE breakwater_outbox SET sent_to = 'redis:another' WHERE id IN (1, 2)`);
    await at.sql(`UPDATE breakwater_outbox SET sent_at = now() - interval '31 days' WHERE id = 2`);
    await at.sql(`UPDATE breakwater_outbox SET sent_to = NULL, sent_sequence = NULL WHERE id = 3`);
    // By a task without lists.
    expect(await cleanUp(at.database, dayMs)).toBe(2);
    expect(await kept()).toEqual([1, 4]);
    expect(await clean()).toBe(1);
    expect(await kept()).toEqual([1]);
  });

  it('does not ask Redis while nothing is old enough', async () => {
    await send(1);
    const held = async () => {
      throw new Error('it was asked');
    };
    expect(await clean(held)).toBe(0);
    await sendLongAgo(2);
    await expect(clean(held)).rejects.toThrow('it was asked');
  });

  it('says so when the lists hold more than is looked through, all of them together', async () => {
    await sendLongAgo(1, 2, 3);
    await take();
    expect(await heldIn(at.redis, queue, { ...limits, entries: 2 })).toBe('too much');
    expect(await heldIn(at.redis, queue, { ...limits, bytes: 600 })).toBe('too much');
    expect(await heldIn(at.redis, queue, { ...limits, entries: 3 })).toMatchObject({ sequence: '1' });
    expect(await clean(async () => undefined)).toBe(0);
  });

  it('finds each message of lists that are longer than what is read at once', async () => {
    const numbers = Array.from({ length: 100 }, (_, index) => index + 1);
    await send(...numbers);
    await send(101, 102);
    for (let taken = 0; taken < 51; taken += 1) await take();
    const ids = (await at.sql('SELECT message_id AS id FROM breakwater_outbox')).map(({ id }) => id);
    expect([...((await look())?.ids ?? [])].sort()).toEqual(ids.sort());
  });
});
