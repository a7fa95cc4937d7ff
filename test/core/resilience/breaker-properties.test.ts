import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  Breaker,
  type BreakerPolicy,
  defaultBreakerPolicy,
  type Permit,
  policyProblems,
  recoveryBoundMs,
} from '../../../core/resilience/index.ts';

type Step =
  | { do: 'admit' | 'reset' | 'hold' }
  | { do: 'succeed' | 'fail' | 'release'; which: number }
  | { do: 'wait'; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ do: 'admit' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('succeed' as const, 'fail' as const, 'fail' as const, 'release' as const),
      which: fc.nat(20),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.oneof(fc.nat(500), fc.nat(60_000)) }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'reset' as const }, { do: 'hold' as const }) },
);

const policy: fc.Arbitrary<BreakerPolicy> = fc
  .record({
    opening: fc.oneof(
      fc.record({
        kind: fc.constant('consecutive' as const),
        failures: fc.integer({ min: 1, max: 6 }),
        overMs: fc.constantFrom(0, 1, 3_000),
      }),
      fc.record({
        kind: fc.constant('windowed' as const),
        windowMs: fc.integer({ min: 1_000, max: 30_000 }),
        minimumCalls: fc.integer({ min: 1, max: 10 }),
        failureRatio: fc.double({ min: 0.1, max: 1, noNaN: true }),
      }),
    ),
    openMs: fc.integer({ min: 1, max: 30_000 }),
    jitter: fc.double({ min: 0, max: 0.3, noNaN: true }),
    permits: fc.integer({ min: 1, max: 4 }),
    successes: fc.integer({ min: 1, max: 4 }),
    trialMs: fc.integer({ min: 1_000, max: 10_000 }),
  })
  .map((chosen) => ({
    ...defaultBreakerPolicy,
    ...chosen,
    openMaxMs: 30_000,
    successesMax: 6,
    stableMs: 60_000,
  }))
  .filter((chosen) => policyProblems(chosen).length === 0);

interface World {
  breaker: Breaker;
  chosen: BreakerPolicy;
  now: number;
  permits: { permit: Permit; epoch: number }[];
  /** Raised by every transition that the breaker announces. */
  epoch: number;
}

const start = (chosen: BreakerPolicy): World => {
  const world: Omit<World, 'breaker'> & { breaker?: Breaker } = { chosen, now: 0, permits: [], epoch: 0 };
  world.breaker = new Breaker({
    name: 'x',
    policy: chosen,
    now: () => world.now,
    wallClock: () => 0,
    random: () => 0.999,
  });
  world.breaker.onTransition(() => {
    world.epoch += 1;
  });
  return world as World;
};

const take = (world: World, which: number) => {
  const [taken] = world.permits.splice(world.permits.length === 0 ? 0 : which % world.permits.length, 1);
  return taken;
};

const play = (world: World, each: Step): void => {
  const { breaker } = world;
  switch (each.do) {
    case 'admit': {
      const admission = breaker.admit();
      if (admission.admitted) world.permits.push({ permit: admission.permit, epoch: world.epoch });
      return;
    }
    case 'succeed':
    case 'fail':
    case 'release': {
      const taken = take(world, each.which);
      if (each.do === 'fail') taken?.permit.fail('CONNECT_TIMEOUT');
      else taken?.permit[each.do]();
      return;
    }
    case 'wait':
      world.now += each.ms;
      return;
    case 'reset':
      breaker.reset('operator', 'test');
      return;
    case 'hold':
      breaker.holdOpen('operator', 'test');
  }
};

const story = fc.tuple(policy, fc.array(step, { maxLength: 120 }));

test('half-open never has more calls under way than it permits', () => {
  fc.assert(
    fc.property(story, ([chosen, steps]) => {
      const world = start(chosen);
      for (const each of steps) {
        play(world, each);
        const current = world.permits.filter(({ epoch }) => epoch === world.epoch);
        if (world.breaker.status().state === 'half-open')
          expect(current.length).toBeLessThanOrEqual(chosen.permits);
      }
    }),
  );
});

test('an open breaker admits nobody before its time, and one held open nobody at all', () => {
  fc.assert(
    fc.property(story, ([chosen, steps]) => {
      const world = start(chosen);
      for (const each of steps) {
        const before = world.breaker.status();
        const known = world.permits.length;
        play(world, each);
        if (each.do === 'admit' && before.state === 'open' && before.retryAfterMs > 0)
          expect(world.permits.length).toBe(known);
      }
    }),
  );
});

test('a result of a call that began before the last transition changes nothing', () => {
  fc.assert(
    fc.property(story, ([chosen, steps]) => {
      const world = start(chosen);
      for (const each of steps) {
        const before = JSON.stringify(world.breaker.status());
        if (each.do === 'succeed' || each.do === 'fail') {
          const stale = world.permits.find(({ epoch }) => epoch !== world.epoch);
          if (stale) {
            stale.permit[each.do]('CONNECT_TIMEOUT');
            expect(JSON.stringify(world.breaker.status())).toBe(before);
            world.permits.splice(world.permits.indexOf(stale), 1);
            continue;
          }
        }
        play(world, each);
      }
    }),
  );
});

test('reading the state changes nothing, whatever time it is', () => {
  fc.assert(
    fc.property(story, ([chosen, steps]) => {
      const [read, unread] = [start(chosen), start(chosen)];
      for (const each of steps) {
        play(read, each);
        play(unread, each);
        for (let reading = 0; reading < 3; reading++) read.breaker.status();
        expect(read.epoch).toBe(unread.epoch);
      }
      expect(read.breaker.status()).toEqual(unread.breaker.status());
    }),
  );
});

test('once calls succeed it is closed within its bound, whatever happened before, hung calls included', () => {
  fc.assert(
    fc.property(story, ([chosen, steps]) => {
      const world = start(chosen);
      for (const each of steps) if (each.do !== 'hold') play(world, each);
      const healthyFrom = world.now;
      while (world.now - healthyFrom <= recoveryBoundMs) {
        const admission = world.breaker.admit();
        if (admission.admitted) admission.permit.succeed();
        if (world.breaker.status().state === 'closed') return;
        world.now += 100;
      }
      throw new Error(`still ${world.breaker.status().state} after ${recoveryBoundMs} ms`);
    }),
    { numRuns: 300 },
  );
});

test('a reset closes it at once and forgets everything', () => {
  fc.assert(
    fc.property(story, ([chosen, steps]) => {
      const world = start(chosen);
      for (const each of steps) play(world, each);
      world.breaker.reset('operator', 'test');
      expect(world.breaker.status()).toMatchObject({
        state: 'closed',
        failures: 0,
        failedRecoveries: 0,
        heldOpen: false,
        retryAfterMs: 0,
      });
      expect(world.breaker.admit().admitted).toBe(true);
    }),
  );
});
