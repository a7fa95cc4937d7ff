import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  acknowledge,
  buryConsumed,
  channel,
  claim,
  cleanUp,
  deadLetter,
  depth,
  type MessageFilter,
  peek,
  publishBatch,
  purge,
  redrive,
  reject,
} from '../../../core/messages/index.ts';
import { aMessage, numberOf, type Outbox, startOutbox } from './outbox-fixture.ts';

let at: Outbox;
beforeAll(async () => {
  at = await startOutbox();
});
afterAll(() => at?.dispose());
beforeEach(() => at.empty());

const leaseMs = 60_000;
const take = (limit = 100) => claim(at.database, { limit, leaseMs });
const put = async (...keys: string[]) => {
  const messages = keys.map((key, index) => aMessage(key, index));
  await publishBatch(at.database, messages);
  return messages.map(({ id }) => id);
};
/** Messages of these keys, dead for these reasons. */
const bury = async (dead: Record<string, string>) => {
  const ids = await put(...Object.keys(dead));
  const reasons = Object.values(dead);
  for (const [index, message] of (await take()).entries())
    await deadLetter(at.database, message, reasons[index] ?? '');
  return ids;
};
const sendAll = async () => acknowledge(at.database, await take());

describe('delivering dead messages again', () => {
  it('gives them all their attempts anew and keeps their id and history', async () => {
    const [id] = await put('a');
    for (const reason of ['one', 'two']) {
      for (const message of await take()) await reject(at.database, message, { reason, delayMs: 0 });
    }
    for (const message of await take()) await deadLetter(at.database, message, 'three');
    expect(await redrive(at.database, {}, 10)).toEqual([id]);
    expect(await depth(at.database)).toMatchObject({ dead: 0, pending: 1, held: 0 });
    const [again] = await take();
    expect(again).toMatchObject({ id, attempts: 1 });
    expect(again?.failures.map(({ reason }) => reason)).toEqual(['one', 'two', 'three']);
  });

  it('wakes the relays, and only when there is something for them', async () => {
    const heard: string[] = [];
    const listener = await at.pool.connect();
    try {
      listener.on('notification', ({ channel }) => heard.push(channel));
      await listener.query(`LISTEN ${channel}`);
      await redrive(at.database, {}, 10);
      await bury({ a: 'x' });
      await listener.query('SELECT');
      heard.length = 0;
      await redrive(at.database, { key: 'of nobody' }, 10);
      await listener.query('SELECT');
      expect(heard).toEqual([]);
      await redrive(at.database, {}, 10);
      await listener.query('SELECT');
      expect(heard).toEqual([channel]);
    } finally {
      listener.release(true);
    }
  });

  it('takes at most so many, the oldest first', async () => {
    const ids = await bury({ a: 'x', b: 'x', c: 'x' });
    expect((await redrive(at.database, {}, 2)).sort()).toEqual(ids.slice(0, 2).sort());
    expect((await peek(at.database, { state: 'dead' })).map(({ id }) => id)).toEqual(ids.slice(2));
  });

  const filters: [what: string, filter: (ids: string[]) => MessageFilter, keys: string[]][] = [
    ['every one without a filter', () => ({}), ['a', 'b', 'c']],
    ['those with these ids', ([, second = '', third = '']) => ({ ids: [second, third] }), ['b', 'c']],
    ['none with an unknown id', () => ({ ids: [randomUUID()] }), []],
    ['none with an empty list of ids', () => ({ ids: [] }), []],
    ['those of a key', () => ({ key: 'b' }), ['b']],
    ['those of a type', () => ({ type: 'model_ready_to_deploy' }), ['a', 'b', 'c']],
    ['none of another type', () => ({ type: 'mint_request' }), []],
    ['those with a part of the reason, in any case', () => ({ reason: 'TOO large' }), ['a', 'c']],
    ['the reason as it stands, without patterns', () => ({ reason: '%' }), []],
    ['those that died before', () => ({ before: new Date(Date.now() + 60_000) }), ['a', 'b', 'c']],
    ['none that died later', () => ({ before: new Date(0) }), []],
    ['those for which everything holds', () => ({ key: 'a', reason: 'large' }), ['a']],
    ['none where one of them does not hold', () => ({ key: 'b', reason: 'large' }), []],
  ];

  it.each(filters)('takes %s', async (_what, filter, keys) => {
    const ids = await bury({ a: 'Too large: 3 MB', b: 'refused', c: 'too large' });
    await redrive(at.database, filter(ids), 100);
    const pending = await peek(at.database, { state: 'pending' });
    expect(pending.map(({ key }) => key)).toEqual(keys);
  });

  it('leaves what is sent or waits as it is', async () => {
    await put('a');
    await sendAll();
    await put('b');
    await take();
    const before = await at.sql('SELECT * FROM breakwater_outbox ORDER BY id');
    expect(await redrive(at.database, {}, 100)).toEqual([]);
    expect(await at.sql('SELECT * FROM breakwater_outbox ORDER BY id')).toEqual(before);
  });

  it('by two at once takes each once', async () => {
    const ids = await bury(Object.fromEntries(Array.from({ length: 50 }, (_, key) => [`key-${key}`, 'x'])));
    const parts = await Promise.all([redrive(at.database, {}, 50), redrive(at.database, {}, 50)]);
    expect(parts.flat().sort()).toEqual([...ids].sort());
  });
});

describe('purging', () => {
  it('deletes dead messages that are meant, and nothing else', async () => {
    await put('sent');
    await sendAll();
    await bury({ a: 'x', b: 'y' });
    await put('held');
    await take();
    await put('waiting');
    expect(await purge(at.database, { reason: 'x' })).toBe(1);
    expect(await purge(at.database, {})).toBe(1);
    expect(await purge(at.database, {})).toBe(0);
    const left = await peek(at.database, { state: 'all' });
    expect(left.map(({ key, state }) => [key, state])).toEqual([
      ['sent', 'sent'],
      ['held', 'held'],
      ['waiting', 'pending'],
    ]);
  });
});

describe('looking', () => {
  it('shows messages of each state, and changes nothing', async () => {
    await put('sent');
    await sendAll();
    await bury({ dead: 'refused' });
    await put('held');
    await take();
    await put('waiting', 'waiting');
    const before = await at.sql('SELECT * FROM breakwater_outbox ORDER BY id');
    const keys = async (options: Parameters<typeof peek>[1]) =>
      (await peek(at.database, options)).map(({ key }) => key);
    expect(await keys({ state: 'sent' })).toEqual(['sent']);
    expect(await keys({ state: 'dead' })).toEqual(['dead']);
    expect(await keys({ state: 'held' })).toEqual(['held']);
    expect(await keys({ state: 'pending' })).toEqual(['held', 'waiting', 'waiting']);
    expect(await keys({ state: 'all', limit: 2 })).toEqual(['sent', 'dead']);
    expect(await keys({ key: 'waiting' })).toEqual(['waiting', 'waiting']);
    expect(await at.sql('SELECT * FROM breakwater_outbox ORDER BY id')).toEqual(before);
  });

  it('shows a dead message with everything that is known of it', async () => {
    await bury({ a: 'refused' });
    const [message] = await peek(at.database, { state: 'dead' });
    expect(message).toEqual({
      id: expect.any(String),
      type: 'model_ready_to_deploy',
      key: 'a',
      state: 'dead',
      publishedAt: expect.stringMatching(/Z$/),
      attempts: 1,
      deadAt: expect.stringMatching(/Z$/),
      deadReason: 'refused',
      failures: [{ at: expect.stringMatching(/Z$/), attempt: 1, reason: 'refused' }],
      payload: expect.objectContaining({ model_name: 'a' }),
    });
  });
});

describe('the depth', () => {
  it('counts nothing of nothing', async () => {
    expect(await depth(at.database)).toEqual({ pending: 0, held: 0, oldestAgeSeconds: 0, dead: 0, kept: 0 });
  });

  it('counts by state, and the age of the oldest that waits', async () => {
    await put('sent');
    await sendAll();
    await bury({ dead: 'x' });
    await put('held');
    await take();
    await put('waiting');
    await at.sql(
      `UPDATE breakwater_outbox SET created_at = now() - CASE ordering_key
         WHEN 'sent' THEN interval '9 hours' WHEN 'dead' THEN interval '8 hours'
         WHEN 'held' THEN interval '2 hours' ELSE interval '1 hour' END`,
    );
    const found = await depth(at.database);
    expect(found).toMatchObject({ pending: 2, held: 1, dead: 1, kept: 1 });
    expect(found.oldestAgeSeconds).toBeGreaterThanOrEqual(7_200);
    expect(found.oldestAgeSeconds).toBeLessThan(7_300);
  });
});

describe('the age of the oldest', () => {
  const age = async () => (await depth(at.database)).oldestAgeSeconds;
  const published = (when: string) =>
    at.sql(`UPDATE breakwater_outbox SET created_at = now() - interval '${when}'`);

  it('does not count a message before its time, and from then on only what it has waited since', async () => {
    await publishBatch(at.database, [aMessage('a', 1, { availableAt: new Date(Date.now() + 3_600_000) })]);
    await published('5 hours');
    expect(await depth(at.database)).toMatchObject({ pending: 1, held: 1, oldestAgeSeconds: 0 });
    await at.sql(`UPDATE breakwater_outbox SET held_until = now() - interval '1 minute'`);
    expect(await age()).toBeGreaterThanOrEqual(60);
    expect(await age()).toBeLessThan(3_600);
  });

  it('is not hidden by one in front of it whose time has not come', async () => {
    await publishBatch(at.database, [
      aMessage('a', 1, { availableAt: new Date(Date.now() + 3_600_000) }),
      aMessage('b', 1),
    ]);
    await published('2 hours');
    expect(await age()).toBeGreaterThanOrEqual(7_200);
  });

  it('is of the one that has waited longest, also where one in front of it was for later', async () => {
    await publishBatch(at.database, [aMessage('a', 1, { availableAt: new Date() }), aMessage('b', 1)]);
    await published('1 hour');
    await at.sql(
      `UPDATE breakwater_outbox SET held_until = now() - interval '10 seconds' WHERE ordering_key = 'a'`,
    );
    expect(await age()).toBeGreaterThanOrEqual(3_600);
  });

  it('counts one that waits for its next attempt from its publishing on', async () => {
    await put('a');
    await published('2 hours');
    for (const message of await take()) await reject(at.database, message, { reason: 'x', delayMs: 60_000 });
    expect(await age()).toBeGreaterThanOrEqual(7_200);
  });
});

describe('cleaning up', () => {
  const ageOf = (column: string, hours: number) =>
    at.sql(`UPDATE breakwater_outbox SET ${column} = now() - $1 * interval '1 hour'`, [hours]);

  it('deletes what was sent long ago and nothing else, however old it is', async () => {
    await put('sent');
    await sendAll();
    await ageOf('sent_at', 25);
    await put('sent lately');
    await sendAll();
    await bury({ dead: 'x' });
    await put('held');
    await take();
    await put('waiting');
    await ageOf('created_at', 10_000);
    await at.sql(
      `UPDATE breakwater_outbox SET dead_at = now() - interval '1 year' WHERE dead_at IS NOT NULL`,
    );
    expect(await cleanUp(at.database, 86_400_000)).toBe(1);
    const left = await peek(at.database, { state: 'all' });
    expect(left.map(({ key }) => key)).toEqual(['sent lately', 'dead', 'held', 'waiting']);
    expect(await cleanUp(at.database, 86_400_000)).toBe(0);
  });

  it('deletes a part at a time, what was sent first first', async () => {
    const ids = await put('a', 'b', 'c');
    await sendAll();
    await at.sql(
      `UPDATE breakwater_outbox SET sent_at = now() - interval '2 days' + id * interval '1 second'`,
    );
    expect(await cleanUp(at.database, 86_400_000, { most: 2 })).toBe(2);
    expect((await peek(at.database, { state: 'sent' })).map(({ id }) => id)).toEqual(ids.slice(2));
  });
});

describe('a message that a consumer gives up', () => {
  it('is dead with its reason, and can be delivered again', async () => {
    const [id = ''] = await put('a');
    await sendAll();
    expect(await buryConsumed(at.database, id, 'no such model', '2026-01-02T03:04:05Z')).toBe(true);
    const [dead] = await peek(at.database, { state: 'dead' });
    expect(dead).toMatchObject({
      id,
      deadReason: 'no such model',
      failures: [{ at: '2026-01-02T03:04:05Z', attempt: 0, reason: 'no such model' }],
    });
    expect(await redrive(at.database, {}, 1)).toEqual([id]);
    expect((await take()).map(numberOf)).toEqual(['0']);
  });

  it('and that is unknown, or dead already, changes nothing', async () => {
    const [id = ''] = await bury({ a: 'refused' });
    expect(await buryConsumed(at.database, id, 'again', 'then')).toBe(false);
    expect(await buryConsumed(at.database, randomUUID(), 'again', 'then')).toBe(false);
    expect(await peek(at.database, { state: 'all' })).toMatchObject([{ deadReason: 'refused' }]);
  });

  it('is taken from a relay that is about to send it again', async () => {
    const [id = ''] = await put('a');
    const held = await take();
    expect(await buryConsumed(at.database, id, 'no', 'then')).toBe(true);
    expect(await acknowledge(at.database, held)).toEqual(['lost']);
  });
});
