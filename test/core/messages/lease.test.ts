import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  acknowledge,
  claim,
  deadLetter,
  depth,
  extend,
  type Leased,
  peek,
  publishBatch,
  reject,
  release,
  type Sql,
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
  const counts = new Map<string, number>();
  const messages = keys.map((key) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return aMessage(key, counts.get(key));
  });
  await publishBatch(at.database, messages);
  return messages.map(({ id }) => id);
};
const named = (messages: readonly Leased[]) => messages.map((message) => message.key + numberOf(message));
const only = ([message]: readonly Leased[]): Leased => {
  if (!message) throw new Error('nothing was claimed');
  return message;
};
const stateOf = async (id: string) =>
  (await peek(at.database, { state: 'all' })).find((one) => one.id === id);

describe('claiming', () => {
  it('gives the oldest messages in the order of their publishing, at most so many', async () => {
    await put('a', 'b', 'a', 'c', 'b');
    expect(named(await take(3))).toEqual(['a1', 'b1', 'a2']);
  });

  it('gives nothing where nothing is', async () => {
    expect(await take()).toEqual([]);
  });

  it('says whose message it is, how often it was tried, and how long it is had', async () => {
    const [id] = await put('a');
    const before = Date.now();
    const message = only(await take());
    expect(message).toMatchObject({ id, key: 'a', attempts: 1, failures: [], headers: {} });
    expect(message.token).toMatch(/^[\da-f-]{36}$/);
    expect(message.leasedUntil.getTime()).toBeGreaterThanOrEqual(before + leaseMs - 1_000);
    expect(message.publishedAt.getTime()).toBeLessThanOrEqual(Date.now() + 1_000);
  });

  it('gives what somebody has to nobody else, nor what is behind it in its key', async () => {
    await put('a', 'a', 'b', 'a');
    expect(named(await take(1))).toEqual(['a1']);
    expect(named(await take())).toEqual(['b1']);
    expect(await take()).toEqual([]);
  });

  it('by several at once gives each message once, and a key to one of them', async () => {
    const keys = Array.from({ length: 300 }, (_, number) => `key-${number % 20}`);
    await put(...keys);
    const parts = await Promise.all(Array.from({ length: 8 }, () => take(37)));
    const all = parts.flat();
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const key of new Set(keys)) {
      const holders = parts.filter((part) => part.some((message) => message.key === key));
      expect(holders.length).toBeLessThanOrEqual(1);
      const numbers = holders.flat().filter((message) => message.key === key);
      expect(numbers.map(numberOf)).toEqual(numbers.map((_, index) => String(index + 1)));
    }
    expect(all.length).toBeGreaterThanOrEqual(37);
  });
});

describe('a lease', () => {
  it('ends with an acknowledgement, and the next of the key may be had', async () => {
    const [first] = await put('a', 'a');
    expect(await acknowledge(at.database, await take(1))).toEqual(['done']);
    expect((await stateOf(first ?? ''))?.state).toBe('sent');
    expect(named(await take())).toEqual(['a2']);
  });

  it('can be made longer by whoever has it', async () => {
    await put('a');
    const message = only(await take());
    expect(await extend(at.database, message, 3_600_000)).toBe('done');
    const [row] = await at.sql(
      'SELECT held_until > now() + interval $$59 minutes$$ AS long FROM breakwater_outbox',
    );
    expect(row?.long).toBe(true);
    expect(await take()).toEqual([]);
  });

  it('that has ended goes to the next, and its holder has used up an attempt', async () => {
    await put('a', 'a');
    await take(1);
    await at.expire();
    const next = await take();
    expect(named(next)).toEqual(['a1', 'a2']);
    expect(next.map(({ attempts }) => attempts)).toEqual([2, 1]);
  });

  it('ends by itself after its time', async () => {
    await put('a');
    await claim(at.database, { limit: 1, leaseMs: 50 });
    let again: Leased[] = [];
    for (const end = Date.now() + 10_000; again.length === 0 && Date.now() < end; ) again = await take();
    expect(named(again)).toEqual(['a1']);
  });

  it('that has ended may still be acknowledged as long as nobody else has the message', async () => {
    await put('a');
    const stale = await take();
    await at.expire();
    expect(await acknowledge(at.database, stale)).toEqual(['done']);
    expect(await take()).toEqual([]);
  });
});

describe('a holder whose message somebody else has by now', () => {
  const stolen = async () => {
    const [id = ''] = await put('a');
    const stale = only(await take());
    await at.expire();
    const mine = only(await take());
    return { id, stale, mine };
  };
  const acts: [string, (message: Leased) => Promise<unknown>][] = [
    ['acknowledgement', async (message) => (await acknowledge(at.database, [message]))[0]],
    ['extension', (message) => extend(at.database, message, leaseMs)],
    ['rejection', (message) => reject(at.database, message, { reason: 'stale', delayMs: 0 })],
    ['dead letter', (message) => deadLetter(at.database, message, 'stale')],
  ];

  it.each(acts)('is told so at its %s, which changes nothing', async (_what, act) => {
    const { id, stale, mine } = await stolen();
    const before = await at.sql('SELECT * FROM breakwater_outbox');
    expect(await act(stale)).toBe('lost');
    expect(await at.sql('SELECT * FROM breakwater_outbox')).toEqual(before);
    expect(await acknowledge(at.database, [mine])).toEqual(['done']);
    expect((await stateOf(id))?.state).toBe('sent');
  });

  it.each(acts)('is told so at its %s, also when that one is done with it', async (_what, act) => {
    const { id, stale, mine } = await stolen();
    await acknowledge(at.database, [mine]);
    expect(await act(stale)).toBe('lost');
    expect((await stateOf(id))?.state).toBe('sent');
  });

  it('gives back nothing that is not its own', async () => {
    const { stale, mine } = await stolen();
    await release(at.database, [stale], 0);
    expect(await take()).toEqual([]);
    expect(await acknowledge(at.database, [mine])).toEqual(['done']);
  });

  it('loses that message alone of those that it acknowledges together', async () => {
    const [lost = ''] = await put('a', 'b', 'c');
    const all = await take();
    await at.expire([lost]);
    await take(1);
    expect(await acknowledge(at.database, all)).toEqual(['lost', 'done', 'done']);
  });
});

describe('giving back', () => {
  it('uses up no attempt', async () => {
    await put('a', 'b');
    await release(at.database, await take(), 0);
    const again = await take();
    expect(named(again)).toEqual(['a1', 'b1']);
    expect(again.map(({ attempts, failures }) => [attempts, failures])).toEqual([
      [1, []],
      [1, []],
    ]);
  });

  it('with a delay holds up its key for so long', async () => {
    await put('a', 'a', 'b');
    await release(at.database, await take(1), leaseMs);
    const rest = await take();
    expect(named(rest)).toEqual(['b1']);
    await acknowledge(at.database, rest);
    await at.expire();
    expect(named(await take())).toEqual(['a1', 'a2']);
  });
});

describe('a rejection', () => {
  it('holds up its key and no other for its delay, and is in the history', async () => {
    await put('a', 'a', 'b');
    const message = only(await take(1));
    const date = new Date('2026-01-02T03:04:05.678Z');
    expect(await reject(at.database, message, { reason: 'too early', delayMs: leaseMs, at: date })).toBe(
      'done',
    );
    const rest = await take();
    expect(named(rest)).toEqual(['b1']);
    await acknowledge(at.database, rest);
    await at.expire();
    const again = await take();
    expect(named(again)).toEqual(['a1', 'a2']);
    expect(again[0]).toMatchObject({
      attempts: 2,
      failures: [{ at: date.toISOString(), attempt: 1, reason: 'too early' }],
    });
  });

  it('without a delay may be tried again at once', async () => {
    await put('a');
    await reject(at.database, only(await take()), { reason: 'no', delayMs: 0 });
    expect(named(await take())).toEqual(['a1']);
  });
});

describe('a holder that is late, and does at the very moment of the next claim', () => {
  // Its statement has run and is not committed when the other one claims: the row is locked, and would be skipped.
  const meanwhile = async (act: (sql: Sql, message: Leased) => Promise<unknown>) => {
    await put('a', 'a');
    const late = only(await take(1));
    await at.expire();
    const claiming = await at.database.transaction(async (transaction) => {
      await act(transaction, late);
      const taking = take();
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { taking };
    });
    return named(await claiming.taking);
  };

  it('a rejection, does not let the next of its key overtake it', async () => {
    expect(
      await meanwhile((sql, message) => reject(sql, message, { reason: 'no', delayMs: leaseMs })),
    ).toEqual([]);
  });

  it('an extension, neither', async () => {
    expect(await meanwhile((sql, message) => extend(sql, message, leaseMs))).toEqual([]);
  });

  it('a giving back, neither', async () => {
    expect(await meanwhile((sql, message) => release(sql, [message], 0))).toEqual(['a1', 'a2']);
  });
});

describe('a dead letter', () => {
  it('keeps its reason and its history, and lets its key go on', async () => {
    const [id = ''] = await put('a', 'a');
    await reject(at.database, only(await take(1)), { reason: 'first', delayMs: 0 });
    const again = only(await take(1));
    expect(await deadLetter(at.database, again, 'second')).toBe('done');
    expect(await stateOf(id)).toMatchObject({
      state: 'dead',
      deadReason: 'second',
      attempts: 2,
      failures: [
        { attempt: 1, reason: 'first' },
        { attempt: 2, reason: 'second' },
      ],
    });
    expect(named(await take())).toEqual(['a2']);
    expect(await depth(at.database)).toMatchObject({ dead: 1, pending: 1 });
  });
});
