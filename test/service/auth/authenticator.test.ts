import { beforeEach, describe, expect, it } from '@jest/globals';
import { recoveryBoundMs } from '../../../core/resilience/index.ts';
import { Secret } from '../../../core/settings/index.ts';
import { fingerprint } from '../../../service/auth/cache.ts';
import {
  type Accepted,
  createAuthenticator,
  type SharedCache,
  type Verdict,
} from '../../../service/auth/index.ts';

const identity = {
  userId: 'u',
  keyId: 'k',
  scopes: ['write'],
  roles: [],
  isAdmin: false,
  hasSufficientBalance: true,
};
const good: Verdict = { kind: 'valid', identity };
const rejected: Verdict = { kind: 'rejected' };
const limited: Verdict = { kind: 'limited', retryAfter: '7' };
const away: Verdict = { kind: 'unavailable', how: 'unavailable', cause: 'CONNECTION_REFUSED', waitMs: 1_000 };
const hung = new Promise<Verdict>(() => undefined);
const key = new Secret('hk_live_0123456789');

const life = 60_000;
const outage = 60_000;

let now: number;
let asked: number;
let answer: () => Verdict | Promise<Verdict>;
const create = (shared?: SharedCache, size = 100) =>
  createAuthenticator({
    ask: async () => {
      asked += 1;
      return answer();
    },
    lifeMs: life,
    outageLifeMs: outage,
    size,
    now: () => now,
    ...(shared ? { shared } : {}),
  });

beforeEach(() => {
  now = 1_000_000;
  asked = 0;
  answer = () => good;
});

describe('a key that was accepted', () => {
  it('costs no further question while its answer is young', async () => {
    const judge = create();
    for (const at of [0, 1, life - 1]) {
      now = 1_000_000 + at;
      expect(await judge.judge(key, undefined)).toEqual(good);
    }
    expect(asked).toBe(1);
  });

  it('is asked about again after that, and is refused once it was revoked', async () => {
    const judge = create();
    await judge.judge(key, undefined);
    now += life;
    answer = () => rejected;
    expect(await judge.judge(key, undefined)).toEqual(rejected);
    expect(await judge.judge(key, undefined)).toEqual(rejected);
    expect(asked).toBe(3);
  });

  it.each([
    ['is away', () => away],
    ['hangs', () => hung],
  ])('does not see an outage that is shorter than its life: the auth service %s', async (_how, failing) => {
    const judge = create();
    await judge.judge(key, undefined);
    now += life - 1;
    answer = failing;
    // The outage begins at the end of its life, and lasts as long as a life.
    for (let at = 0; at < life; at += 5_000) {
      expect(await judge.judge(key, undefined)).toEqual(good);
      now += 5_000;
    }
  });

  it('is refused with 503, not 401, when the outage lasts longer', async () => {
    const judge = create();
    await judge.judge(key, undefined);
    now += life + outage;
    answer = () => away;
    expect(await judge.judge(key, undefined)).toEqual(away);
  });

  const unasked: Verdict = { ...away, unasked: true };

  it('sees no outage that has ended while the circuit breaker still lets nobody ask', async () => {
    const judge = create();
    await judge.judge(key, undefined);
    now += life + outage - 1;
    answer = () => away;
    expect(await judge.judge(key, undefined)).toEqual(good);
    answer = () => unasked;
    now += 30_000;
    expect(await judge.judge(key, undefined)).toEqual(good);
    // No breaker takes longer to close.
    now += recoveryBoundMs;
    expect(await judge.judge(key, undefined)).toEqual(unasked);
  });

  it('is refused once a question has failed after that life, whether or not anybody can ask', async () => {
    const judge = create();
    await judge.judge(key, undefined);
    now += life + outage;
    answer = () => away;
    expect(await judge.judge(key, undefined)).toEqual(away);
    answer = () => unasked;
    expect(await judge.judge(key, undefined)).toEqual(unasked);
  });

  it('sees no outage whose last question was sent in time, however late it fails', async () => {
    const judge = create();
    await judge.judge(key, undefined);
    now += life + outage - 1;
    let settle = (_verdict: Verdict) => {};
    answer = () =>
      new Promise((resolve) => {
        settle = resolve;
      });
    expect(await judge.judge(key, undefined)).toEqual(good);
    now += 5_000;
    const late = judge.judge(key, undefined);
    settle(away);
    expect(await late).toEqual(good);
  });

  it('is told at once when it has become one too many', async () => {
    const judge = create();
    await judge.judge(key, undefined);
    now += life;
    answer = () => limited;
    expect(await judge.judge(key, undefined)).toEqual(limited);
    answer = () => good;
    expect(await judge.judge(key, undefined)).toEqual(good);
  });

  it('waits once for an auth service that hangs, and not again in the next second', async () => {
    const judge = create();
    await judge.judge(key, undefined);
    now += life;
    answer = () => hung;
    const first = performance.now();
    await judge.judge(key, undefined);
    const second = performance.now();
    await judge.judge(key, undefined);
    const third = performance.now();
    expect(second - first).toBeGreaterThan(200);
    expect(third - second).toBeLessThan(second - first);
  });

  it('does not wait again for a question that still hangs', async () => {
    const judge = create();
    await judge.judge(key, undefined);
    now += life;
    answer = () => hung;
    await judge.judge(key, undefined);
    for (let count = 0; count < 4; count++) {
      now += 2_000;
      const shortly = new Promise((resolve) => setTimeout(resolve, 100, 'it waited'));
      expect(await Promise.race([judge.judge(key, undefined), shortly])).toEqual(good);
    }
  });

  it('takes the late answer of such a question', async () => {
    const judge = create();
    await judge.judge(key, undefined);
    now += life;
    let settle = (_verdict: Verdict) => {};
    answer = () =>
      new Promise((resolve) => {
        settle = resolve;
      });
    expect(await judge.judge(key, undefined)).toEqual(good);
    settle(rejected);
    await new Promise((resolve) => setImmediate(resolve));
    answer = () => rejected;
    expect(await judge.judge(key, undefined)).toEqual(rejected);
  });
});

describe('a key that is not known', () => {
  it('is asked about once, however many requests come with it', async () => {
    const judge = create();
    let settle = (_verdict: Verdict) => {};
    answer = () =>
      new Promise((resolve) => {
        settle = resolve;
      });
    const all = Array.from({ length: 50 }, () => judge.judge(key, undefined));
    settle(good);
    expect(await Promise.all(all)).toEqual(Array(50).fill(good));
    expect(asked).toBe(1);
  });

  it.each([rejected, limited, away, { kind: 'malformed' } as const])(
    'is not remembered: %j',
    async (verdict) => {
      const judge = create();
      answer = () => verdict;
      await judge.judge(key, undefined);
      await judge.judge(key, undefined);
      expect(asked).toBe(2);
    },
  );

  it('makes room by sending away the one that was not used for longest', async () => {
    const judge = create(undefined, 2);
    const [a, b, c] = ['a', 'b', 'c'].map((text) => new Secret(text));
    for (const one of [a, b, a, c]) await judge.judge(one as Secret, undefined);
    expect(asked).toBe(3);
    await judge.judge(a as Secret, undefined);
    expect(asked).toBe(3);
    await judge.judge(b as Secret, undefined);
    expect(asked).toBe(4);
  });
});

describe('what tasks share', () => {
  const share = () => {
    const kept = new Map<string, Accepted>();
    const shared: SharedCache = {
      get: async (print) => kept.get(print),
      set: (print, entry) => void kept.set(print, entry),
      delete: (print) => void kept.delete(print),
    };
    return { kept, shared };
  };

  it('holds no key, only its fingerprint', async () => {
    const { kept, shared } = share();
    await create(shared).judge(key, undefined);
    expect([...kept.keys()]).toEqual([fingerprint(key)]);
    expect(JSON.stringify([...kept])).not.toContain(key.reveal());
  });

  it('answers for a key that another task has judged, while the auth service hangs', async () => {
    const { shared } = share();
    await create(shared).judge(key, undefined);
    answer = () => hung;
    expect(await create(shared).judge(key, undefined)).toEqual(good);
  });

  it('answers in an outage as long as the memory of a task does', async () => {
    const { shared } = share();
    await create(shared).judge(key, undefined);
    answer = () => away;
    now += life + outage - 1;
    expect(await create(shared).judge(key, undefined)).toEqual(good);
    now += 1;
    expect(await create(shared).judge(key, undefined)).toEqual(away);
  });

  it('forgets a key that was refused', async () => {
    const { kept, shared } = share();
    const judge = create(shared);
    await judge.judge(key, undefined);
    now += life;
    answer = () => rejected;
    await judge.judge(key, undefined);
    expect(kept.size).toBe(0);
  });

  it('is not waited for: a store that hangs costs nothing', async () => {
    const shared: SharedCache = {
      get: () => new Promise(() => undefined),
      set: () => undefined,
      delete: () => undefined,
    };
    const judge = create(shared);
    expect(await judge.judge(key, undefined)).toEqual(good);
    answer = () => rejected;
    expect(await judge.judge(new Secret('other'), undefined)).toEqual(rejected);
  });

  it('does not make an answer younger than it is', async () => {
    const { shared } = share();
    await create(shared).judge(key, undefined);
    now += life - 1;
    answer = () => away;
    const judge = create(shared);
    expect(await judge.judge(key, undefined)).toEqual(good);
    now += 1;
    answer = () => rejected;
    expect(await judge.judge(key, undefined)).toEqual(rejected);
  });
});
