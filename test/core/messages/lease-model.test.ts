import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  acknowledge,
  claim,
  deadLetter,
  extend,
  type Leased,
  type LeaseOutcome,
  publishBatch,
  redrive,
  reject,
  release,
} from '../../../core/messages/index.ts';
import { aMessage, type Outbox, startOutbox } from './outbox-fixture.ts';

let at: Outbox;
beforeAll(async () => {
  at = await startOutbox();
});
afterAll(() => at?.dispose());

const leaseMs = 3_600_000;

/** What the outbox should do, in a few lines. */
interface Row {
  id: string;
  key: string;
  state: 'pending' | 'sent' | 'dead';
  attempts: number;
  failures: number;
  token: string | undefined;
  held: boolean;
}

const keys = ['a', 'b', 'c'] as const;
type Act = 'acknowledge' | 'reject' | 'reject at once' | 'dead' | 'release' | 'extend';
type Step =
  | { do: 'publish'; keys: (typeof keys)[number][] }
  | { do: 'claim'; limit: number }
  /** With a lease out of all that were ever given. */
  | { do: Act; which: number }
  | { do: 'expire'; which: number }
  | { do: 'expire all' }
  | { do: 'redrive'; limit: number };

const acts: Act[] = ['acknowledge', 'acknowledge', 'reject', 'reject at once', 'dead', 'release', 'extend'];
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      keys: fc.array(fc.constantFrom(...keys), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('claim' as const), limit: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom(...acts), which: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const), which: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'expire all' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('redrive' as const), limit: fc.integer({ min: 1, max: 3 }) }),
  },
);

const claimable = (rows: readonly Row[]): Row[] =>
  rows.filter((row, place) => {
    const older = rows.slice(0, place).filter(({ key, state }) => key === row.key && state === 'pending');
    return row.state === 'pending' && !row.held && !older.some(({ held }) => held);
  });

const run = async (steps: readonly Step[]): Promise<void> => {
  await at.empty();
  const rows: Row[] = [];
  const leases: Leased[] = [];

  const act = async (what: Act, lease: Leased): Promise<void> => {
    const row = rows.find(({ id }) => id === lease.id);
    if (!row) throw new Error('a lease of nothing');
    const expected: LeaseOutcome = row.state === 'pending' && row.token === lease.token ? 'done' : 'lost';
    const put = (change: Partial<Row>) => expected === 'done' && Object.assign(row, change);
    switch (what) {
      case 'acknowledge':
        expect(await acknowledge(at.database, [lease])).toEqual([expected]);
        return void put({ state: 'sent', token: undefined, held: false });
      case 'reject':
      case 'reject at once': {
        const delayMs = what === 'reject' ? leaseMs : 0;
        expect(await reject(at.database, lease, { reason: 'no', delayMs })).toBe(expected);
        return void put({ token: undefined, held: delayMs > 0, failures: row.failures + 1 });
      }
      case 'dead':
        expect(await deadLetter(at.database, lease, 'never')).toBe(expected);
        return void put({ state: 'dead', token: undefined, held: false, failures: row.failures + 1 });
      case 'release':
        await release(at.database, [lease], 0);
        return void put({ token: undefined, held: false, attempts: row.attempts - 1 });
      case 'extend':
        expect(await extend(at.database, lease, leaseMs)).toBe(expected);
        return void put({ held: true });
    }
  };

  for (const one of steps) {
    if (one.do === 'publish') {
      const messages = one.keys.map((key) => aMessage(key));
      await publishBatch(at.database, messages);
      for (const { id, key } of messages)
        rows.push({ id, key, state: 'pending', attempts: 0, failures: 0, token: undefined, held: false });
    } else if (one.do === 'claim') {
      const free = claimable(rows);
      const claimed = await claim(at.database, { limit: one.limit, leaseMs });
      const ids = new Set(claimed.map(({ id }) => id));
      const taken = free.filter(({ id }) => ids.has(id));
      expect(claimed.map(({ id }) => id)).toEqual(taken.map(({ id }) => id));
      // The oldest ones, where it has looked at all of them; else at least something, and of each key from its first on.
      const pending = rows.filter(({ state }) => state === 'pending').length;
      if (pending < 4 * one.limit) expect(taken).toEqual(free.slice(0, one.limit));
      expect(taken.length > 0).toBe(free.length > 0);
      expect(taken.length).toBeLessThanOrEqual(one.limit);
      for (const key of keys) {
        const ofKey = (some: readonly Row[]) => some.filter((row) => row.key === key);
        expect(ofKey(taken)).toEqual(ofKey(free).slice(0, ofKey(taken).length));
      }
      for (const [place, row] of taken.entries())
        Object.assign(row, { held: true, token: claimed[place]?.token, attempts: row.attempts + 1 });
      expect(claimed.map(({ attempts, failures }) => [attempts, failures.length])).toEqual(
        taken.map(({ attempts, failures }) => [attempts, failures]),
      );
      leases.push(...claimed);
    } else if (one.do === 'expire all') {
      await at.expire();
      for (const row of rows) row.held = false;
    } else if (one.do === 'expire') {
      const row = rows[one.which % Math.max(1, rows.length)];
      if (!row) continue;
      await at.expire([row.id]);
      row.held = false;
    } else if (one.do === 'redrive') {
      const dead = rows.filter(({ state }) => state === 'dead').slice(0, one.limit);
      expect((await redrive(at.database, {}, one.limit)).sort()).toEqual(dead.map(({ id }) => id).sort());
      for (const row of dead) Object.assign(row, { state: 'pending', attempts: 0 });
    } else {
      const lease = leases[one.which % Math.max(1, leases.length)];
      if (lease) await act(one.do, lease);
    }
  }
};

test('whatever is published, claimed, done, lost and expired, the outbox does what its model does', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), run), {
    numRuns: 60,
    interruptAfterTimeLimit: 40_000,
  });
}, 60_000);
