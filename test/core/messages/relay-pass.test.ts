import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  claim,
  depth,
  type Leased,
  type PassReport,
  peek,
  publishBatch,
  relayPass,
  type Transport,
  TransportDown,
} from '../../../core/messages/index.ts';
import { delayAfter } from '../../../core/messages/relay/pass.ts';
import { type Decision, decidingTransport } from './deciding-transport.ts';
import { aMessage, numberOf, type Outbox, startOutbox } from './outbox-fixture.ts';

let at: Outbox;
beforeAll(async () => {
  at = await startOutbox();
});
afterAll(() => at?.dispose());
beforeEach(() => at.empty());

const put = async (...names: string[]) => {
  const messages = names.map((name) => aMessage(name.slice(0, 1), name.slice(1)));
  await publishBatch(at.database, messages);
  return messages.map(({ id }) => id);
};
const nameOf = (message: Leased) => message.key + numberOf(message);
const names = ({ delivered }: { delivered: Leased[] }) => delivered.map(nameOf);
const pass = (transport: Transport, retries = 3): Promise<PassReport> =>
  relayPass({ database: at.database, transport, batch: 100, leaseMs: 60_000, retries, retryDelayMs: 60_000 });
const decide = (decisions: Record<string, Decision>, most?: number) =>
  decidingTransport((message) => decisions[nameOf(message)] ?? 'sent', most);
const states = async () =>
  Object.fromEntries(
    (await peek(at.database, { state: 'all' })).map(({ payload, state }) => [payload.model_id, state]),
  );
const attempts = async () => (await peek(at.database, { state: 'all' })).map((message) => message.attempts);

const none = { claimed: 0, sent: 0, failed: 0, dead: 0, lost: 0 };

describe('a pass of the relay', () => {
  it('of an empty outbox asks nothing of the transport', async () => {
    const transport = decide({});
    expect(await pass(transport)).toEqual(none);
    expect(transport.calls).toEqual([]);
  });

  it('sends everything in its order, in parts that the transport takes', async () => {
    await put('a1', 'b1', 'a2', 'c1', 'b2');
    const transport = decide({}, 2);
    expect(await pass(transport)).toEqual({ ...none, claimed: 5, sent: 5 });
    expect(names(transport)).toEqual(['a1', 'b1', 'a2', 'c1', 'b2']);
    expect(transport.calls).toEqual([2, 2, 1]);
    expect(await depth(at.database)).toMatchObject({ pending: 0, kept: 5 });
  });

  it('ends in time for its leases, and gives back what it has not sent', async () => {
    await put('a1', 'b1', 'a2', 'c1');
    const transport = decide({}, 1);
    let clock = 0;
    const options = { database: at.database, transport, batch: 100, retries: 3, retryDelayMs: 60_000 };
    const now = () => {
      clock += 10_000;
      return clock;
    };
    expect(await relayPass({ ...options, leaseMs: 50_000, now })).toEqual({ ...none, claimed: 4, sent: 2 });
    expect(await depth(at.database)).toMatchObject({ pending: 2, held: 0 });
    expect(await pass(transport)).toMatchObject({ sent: 2 });
    expect(names(transport)).toEqual(['a1', 'b1', 'a2', 'c1']);
  });

  it('notes what was taken and what was refused, each for itself', async () => {
    await put('a1', 'b1', 'c1');
    const transport = decide({ b1: 'refused' });
    expect(await pass(transport)).toEqual({ ...none, claimed: 3, sent: 2, failed: 1 });
    expect(await states()).toEqual({ 'a/1': 'sent', 'b/1': 'held', 'c/1': 'sent' });
  });

  it('lets what is behind a refused one of its key wait, which costs it no attempt', async () => {
    await put('a1', 'b1', 'a2', 'a3');
    const transport = decide({ a1: 'refused' });
    expect(await pass(transport)).toEqual({ ...none, claimed: 4, sent: 1, failed: 1 });
    expect(names(transport)).toEqual(['b1']);
    expect(await attempts()).toEqual([1, 1, 0, 0]);
    expect(await pass(transport)).toEqual(none);
    await at.expire();
    const then = decide({});
    await pass(then);
    expect(names(then)).toEqual(['a1', 'a2', 'a3']);
  });

  it('lets it wait as well when it belongs to a later part', async () => {
    await put('a1', 'b1', 'a2', 'b2', 'a3');
    const transport = decide({ a1: 'refused' }, 2);
    expect(await pass(transport)).toEqual({ ...none, claimed: 5, sent: 2, failed: 1 });
    expect(names(transport)).toEqual(['b1', 'b2']);
    expect(await attempts()).toEqual([1, 1, 0, 1, 0]);
  });

  it('and behind one that waits for its key nothing of it overtakes, part after part', async () => {
    await put('a1', 'a2', 'a3', 'a4');
    const waiting: Transport = {
      name: 'waits',
      most: 1,
      send: async ([message]) => [
        message && nameOf(message) === 'a2' ? { ok: false, reason: 'waits' } : { ok: true },
      ],
    };
    expect(await pass(waiting)).toEqual({ ...none, claimed: 4, sent: 1 });
    expect(await attempts()).toEqual([1, 0, 0, 0]);
  });

  it('puts a poison message to the dead letters at once, and what is behind it goes on', async () => {
    await put('a1', 'a2', 'b1');
    const transport = decide({ a1: 'poison' });
    expect(await pass(transport)).toEqual({ ...none, claimed: 3, sent: 1, dead: 1 });
    expect(await pass(transport)).toEqual({ ...none, claimed: 1, sent: 1 });
    expect(names(transport)).toEqual(['b1', 'a2']);
    expect(await peek(at.database, { state: 'dead' })).toMatchObject([
      { attempts: 1, deadReason: 'poison by the test', failures: [{ attempt: 1 }] },
    ]);
  });

  it('tries three times more, with delays that grow, and then keeps the whole history of errors', async () => {
    const [id] = await put('a1', 'a2');
    let reason = 0;
    const refusing: Transport = {
      name: 'refusing',
      most: 10,
      send: async (messages) =>
        messages.map((message) => {
          if (nameOf(message) !== 'a1') return { ok: false, reason: 'waits' };
          reason += 1;
          return { ok: false, reason: `error ${reason}`, final: false };
        }),
    };
    const delays: number[] = [];
    for (let turn = 1; turn <= 3; turn += 1) {
      expect(await pass(refusing)).toMatchObject({ failed: 1, dead: 0 });
      const [row] = await at.sql<{ delay: number }>(
        `SELECT extract(epoch FROM held_until - now())::float8 AS delay FROM breakwater_outbox
         WHERE held_until IS NOT NULL`,
      );
      delays.push(row?.delay ?? 0);
      await at.expire();
    }
    // A minute is the longest; half of each is certain.
    for (const delay of delays) expect(delay).toBeGreaterThan(25);
    expect(await pass(refusing)).toMatchObject({ failed: 0, dead: 1 });
    const [dead] = await peek(at.database, { state: 'dead' });
    expect(dead).toMatchObject({ id, attempts: 4, deadReason: 'error 4' });
    expect(dead?.failures.map(({ attempt, reason: why }) => [attempt, why])).toEqual([
      [1, 'error 1'],
      [2, 'error 2'],
      [3, 'error 3'],
      [4, 'error 4'],
    ]);
    const then = decide({});
    await pass(then);
    expect(names(then)).toEqual(['a2']);
  });

  it('without retries gives up at the first refusal', async () => {
    await put('a1');
    expect(await pass(decide({ a1: 'refused' }), 0)).toEqual({ ...none, claimed: 1, dead: 1 });
  });
});

describe('a pass that is told to end', () => {
  it('finishes the part that is under way, and gives the rest back without an attempt', async () => {
    await put('a1', 'b1', 'a2', 'b2');
    const ending = new AbortController();
    const transport = decidingTransport((message) => {
      if (nameOf(message) === 'b1') ending.abort();
      return 'sent';
    }, 2);
    const limits = { batch: 100, leaseMs: 60_000, retries: 3, retryDelayMs: 1_000 };
    const report = await relayPass({ database: at.database, transport, ...limits, signal: ending.signal });
    expect(report).toEqual({ ...none, claimed: 4, sent: 2 });
    expect(await depth(at.database)).toMatchObject({ pending: 2, held: 0, kept: 2 });
    expect(await attempts()).toEqual([1, 1, 0, 0]);
  });
});

describe('the delay before another attempt', () => {
  it('doubles with each, has a cap, and is half certain and half random', () => {
    expect([1, 2, 3].map((attempt) => delayAfter(attempt, 1_000, () => 1))).toEqual([1_000, 2_000, 4_000]);
    expect([1, 2, 3].map((attempt) => delayAfter(attempt, 1_000, () => 0))).toEqual([500, 1_000, 2_000]);
    expect(delayAfter(40, 1_000, () => 1)).toBe(60_000);
  });
});

describe('a transport that is down', () => {
  it('uses up no attempt, and everything waits', async () => {
    await put('a1', 'b1', 'c1', 'd1');
    let calls = 0;
    const down = decidingTransport(() => {
      calls += 1;
      if (calls > 2) throw new TransportDown('CONNECTION_LOST', 'it is gone');
      return 'sent';
    }, 2);
    await expect(pass(down)).rejects.toThrow('it is gone');
    expect(await depth(at.database)).toMatchObject({ pending: 2, held: 0, kept: 2 });
    expect(await attempts()).toEqual([1, 1, 0, 0]);
    for (let turn = 0; turn < 10; turn += 1) await expect(pass(down)).rejects.toThrow(TransportDown);
    const up = decide({});
    expect(await pass(up)).toEqual({ ...none, claimed: 2, sent: 2 });
    expect(names(up)).toEqual(['c1', 'd1']);
    expect(await attempts()).toEqual([1, 1, 1, 1]);
  });

  it('costs no attempt either when it fails in a way that nobody foresaw', async () => {
    await put('a1');
    const broken = decidingTransport(() => {
      throw new TypeError('a defect');
    });
    await expect(pass(broken)).rejects.toThrow('a defect');
    expect(await depth(at.database)).toMatchObject({ pending: 1, held: 0 });
    expect(await attempts()).toEqual([0]);
  });
});

describe('a lease that is lost while its message is sent', () => {
  /** Everything that it has is somebody else's by the time at which it is told what became of it. */
  const robbed = (decision: Decision) =>
    decidingTransport(async () => {
      await at.expire();
      await claim(at.database, { limit: 100, leaseMs: 60_000 });
      return decision;
    });

  it.each(['sent', 'refused', 'poison'] as const)(
    'is counted when it was %s, and nothing is changed',
    async (decision) => {
      await put('a1');
      expect(await pass(robbed(decision))).toEqual({ ...none, claimed: 1, lost: 1 });
      expect(await states()).toEqual({ 'a/1': 'held' });
      expect(await peek(at.database, { state: 'all' })).toMatchObject([{ failures: [], attempts: 2 }]);
    },
  );
});
