import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { claim, type Leased } from '../../../core/messages/index.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type RedisOutbox, startRedisOutbox } from './redis-outbox.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;

withRedis('claiming from an outbox whose oldest messages wait', () => {
  let at: RedisOutbox;
  beforeAll(async () => {
    at = await startRedisOutbox(program ?? '');
  });
  afterAll(() => at?.dispose());
  beforeEach(() => at.empty());

  /** More than a claim of 10 looks at. */
  const many = Array.from({ length: 100 }, (_, number) => number);
  const take = () => claim(at.database, { limit: 10, leaseMs: 60_000 });
  const names = (leases: readonly Leased[]) =>
    leases.map(({ key, payload }) => `${key}${payload.model_version}`);
  const hold = (key: string, number: number) =>
    at.sql(
      `UPDATE breakwater_outbox SET held_until = now() + interval '1 hour'
       WHERE ordering_key = $1 AND payload->>'model_version' = $2`,
      [key, String(number)],
    );

  it('finds the keys that are behind one with many', async () => {
    await at.publish('b', ...many);
    await at.publish('a', 1);
    await at.publish('c', 1, 2);
    await hold('b', 0);
    expect(names(await take())).toEqual(['a1', 'c1']);
    // No more of a key than a tenth of what is wanted at a time, so that none takes the place of the others.
    expect(names(await take())).toEqual([]);
  });

  it('takes nothing behind what waits in the middle of a key', async () => {
    await at.publish('b', ...many);
    await hold('b', 0);
    await at.publish('a', ...many);
    await hold('a', 3);
    const taken: string[] = [];
    for (;;) {
      const leases = await take();
      if (leases.length === 0) break;
      taken.push(...names(leases));
      await at.sql('UPDATE breakwater_outbox SET sent_at = now() WHERE message_id = ANY($1)', [
        leases.map(({ id }) => id),
      ]);
    }
    expect(taken).toEqual(['a0', 'a1', 'a2']);
  });

  it('finds nothing when all keys wait', async () => {
    for (const key of ['a', 'b', 'c']) {
      await at.publish(key, ...many);
      await hold(key, 0);
    }
    expect(await take()).toEqual([]);
  });

  it('fills up with other keys what the oldest ones leave', async () => {
    await at.publish('b', ...many.slice(0, 39));
    await at.publish('a', 1);
    await hold('b', 0);
    for (const key of ['c', 'd', 'e']) await at.publish(key, 1, 2);
    expect(names(await take())).toEqual(['a1', 'c1', 'd1', 'e1']);
  });

  it('gives each message to one of those who claim at the same time', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await at.publish(key, ...many);
    const claims = await Promise.all(Array.from({ length: 6 }, take));
    const all = claims.flat().map(({ id }) => id);
    expect(new Set(all).size).toBe(all.length);
    // Whoever comes first has the head of each key that it takes from: only its own are in its hands.
    const holders = new Map<string, Set<number>>();
    claims.forEach((leases, holder) => {
      for (const { key } of leases) holders.set(key, (holders.get(key) ?? new Set()).add(holder));
    });
    expect([...holders.values()].every(({ size }) => size === 1)).toBe(true);
  });
});
