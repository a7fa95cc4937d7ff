import { describe, expect, test } from '@jest/globals';
import {
  Breaker,
  type BreakerPolicy,
  CircuitOpenError,
  defaultBreakerPolicy,
  type Transition,
} from '../../../core/resilience/index.ts';

const world = (policy: Partial<BreakerPolicy> = {}) => {
  let now = 0;
  const transitions: Transition[] = [];
  const breaker = new Breaker({
    name: 'mlflow',
    policy: { ...defaultBreakerPolicy, jitter: 0, ...policy },
    now: () => now,
    wallClock: () => 1_700_000_000_000 + now,
  });
  breaker.onTransition((transition) => transitions.push(transition));
  const permit = () => {
    const admission = breaker.admit();
    if (!admission.admitted) throw admission.rejection;
    return admission.permit;
  };
  return {
    breaker,
    transitions,
    permit,
    wait: (ms: number) => {
      now += ms;
    },
    fail: (times: number) => {
      for (let i = 0; i < times; i++) permit().fail('CONNECT_TIMEOUT');
    },
    succeed: (times: number) => {
      for (let i = 0; i < times; i++) permit().succeed();
    },
    state: () => breaker.status().state,
  };
};

describe('closed', () => {
  test('opens after so many failures in a row, and not when a success stands between', () => {
    const { fail, succeed, state } = world();
    fail(4);
    succeed(1);
    fail(4);
    expect(state()).toBe('closed');
    fail(1);
    expect(state()).toBe('open');
  });

  test('with a shortest time rides out a burst of failures, and opens when they go on', () => {
    const { fail, succeed, wait, state } = world({
      opening: { kind: 'consecutive', failures: 5, overMs: 3_000 },
    });
    fail(400);
    wait(2_999);
    fail(1);
    expect(state()).toBe('closed');
    succeed(1);
    wait(10_000);
    fail(1);
    wait(3_000);
    fail(3);
    expect(state()).toBe('closed');
    fail(1);
    expect(state()).toBe('open');
  });

  test('with a window opens at the share of failures, once there were enough calls, and forgets old ones', () => {
    const rule = { kind: 'windowed', windowMs: 10_000, minimumCalls: 10, failureRatio: 0.5 } as const;
    const { fail, succeed, wait, state } = world({ opening: rule });
    fail(4);
    wait(11_000);
    fail(4);
    succeed(5);
    expect(state()).toBe('closed');
    fail(1);
    expect(state()).toBe('open');
  });

  test('counts a call that was too slow as a failure', () => {
    const { permit, wait, state } = world({ opening: { kind: 'consecutive', failures: 1 }, slowCallMs: 500 });
    const call = permit();
    wait(501);
    call.succeed();
    expect(state()).toBe('open');
  });

  test('does not count a call that was given up', () => {
    const { permit, state } = world({ opening: { kind: 'consecutive', failures: 1 } });
    permit().release();
    expect(state()).toBe('closed');
  });
});

describe('open', () => {
  test('rejects with its name, the cause that opened it and when to try again, without a stack', () => {
    const { breaker, fail, wait } = world();
    fail(5);
    wait(4_000);
    const admission = breaker.admit();
    if (admission.admitted) throw new Error('admitted');
    expect(admission.rejection).toBeInstanceOf(CircuitOpenError);
    expect(admission.rejection).toMatchObject({
      breaker: 'mlflow',
      cause: 'CONNECT_TIMEOUT',
      retryAfterMs: 6_000,
      code: 'CIRCUIT_OPEN',
    });
    expect(admission.rejection.stack?.split('\n')).toHaveLength(1);
  });

  test('the time grows with each failed recovery up to its cap, and with the jitter on top', () => {
    const { breaker, fail, wait } = world({ openMs: 10_000, openMaxMs: 30_000 });
    fail(5);
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      const { retryAfterMs } = breaker.status();
      waits.push(retryAfterMs);
      wait(retryAfterMs);
      fail(1);
    }
    expect(waits).toEqual([10_000, 20_000, 30_000, 30_000]);
  });
});

describe('half-open', () => {
  test('admits as many as it permits and rejects the others at once', () => {
    const { breaker, fail, wait } = world({ permits: 2 });
    fail(5);
    wait(10_000);
    expect([1, 2, 3, 4].map(() => breaker.admit().admitted)).toEqual([true, true, false, false]);
  });

  test('closes after its successes in a row; each failed recovery asks for one more', () => {
    const { breaker, fail, succeed, wait, state } = world({ successes: 2 });
    fail(5);
    wait(10_000);
    succeed(1);
    expect(state()).toBe('half-open');
    fail(1);
    expect(state()).toBe('open');
    wait(20_000);
    succeed(2);
    expect(breaker.status()).toMatchObject({ state: 'half-open', successes: 2, successesRequired: 3 });
    succeed(1);
    expect(state()).toBe('closed');
  });

  test('a failed recovery is forgotten after a stable period', () => {
    const { breaker, fail, succeed, wait } = world({ stableMs: 60_000 });
    fail(5);
    wait(10_000);
    fail(1);
    wait(20_000);
    succeed(3);
    expect(breaker.status().failedRecoveries).toBe(1);
    wait(60_001);
    succeed(1);
    expect(breaker.status().failedRecoveries).toBe(0);
  });

  test('a trial that hangs gives its place back', () => {
    const { permit, fail, wait, breaker, state } = world({ trialMs: 5_000 });
    fail(5);
    wait(10_000);
    const hung = permit();
    wait(5_000);
    expect(breaker.admit().admitted).toBe(false);
    expect(state()).toBe('open');
    hung.succeed();
    expect(state()).toBe('open');
    wait(20_000);
    expect(breaker.admit().admitted).toBe(true);
  });
});

describe('operators', () => {
  test('hold it open until a reset, with actor and reason in the record', () => {
    const { breaker, transitions, wait, state } = world();
    breaker.holdOpen('token:ops', 'maintenance of MLflow');
    wait(3_600_000);
    expect(breaker.admit().admitted).toBe(false);
    expect(state()).toBe('open');
    breaker.reset('token:ops', 'done');
    expect(breaker.admit().admitted).toBe(true);
    expect(transitions).toEqual([
      {
        breaker: 'mlflow',
        from: 'closed',
        to: 'open',
        reason: 'maintenance of MLflow',
        actor: 'token:ops',
        at: 1_700_000_000_000,
      },
      {
        breaker: 'mlflow',
        from: 'open',
        to: 'closed',
        reason: 'done',
        actor: 'token:ops',
        at: 1_700_003_600_000,
      },
    ]);
  });
});

describe('run', () => {
  test('passes values and errors through, and opens from them', async () => {
    const { breaker } = world({ opening: { kind: 'consecutive', failures: 2 } });
    await expect(breaker.run(async () => 7)).resolves.toBe(7);
    const failing = () =>
      breaker.run(
        () => Promise.reject(new Error('away')),
        () => 'CONNECTION_REFUSED',
      );
    await expect(failing()).rejects.toThrow('away');
    await expect(failing()).rejects.toThrow('away');
    await expect(failing()).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', cause: 'CONNECTION_REFUSED' });
  });

  test('does not count an error that says nothing about the dependency', async () => {
    const { breaker } = world({ opening: { kind: 'consecutive', failures: 1 } });
    await expect(
      breaker.run(
        () => Promise.reject(new Error('bad request')),
        () => undefined,
      ),
    ).rejects.toThrow('bad request');
    expect(breaker.status().state).toBe('closed');
  });

  test('a listener that throws disturbs nobody', async () => {
    const { breaker, transitions } = world({ opening: { kind: 'consecutive', failures: 1 } });
    const heard: string[] = [];
    const first = breaker.onTransition(() => {
      throw new Error('listener');
    });
    breaker.onTransition(({ to }) => heard.push(to));
    await expect(breaker.run(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(heard).toEqual(['open']);
    expect(transitions).toHaveLength(1);
    first[Symbol.dispose]();
  });
});

test.each([
  [{ opening: { kind: 'consecutive', failures: 0 } }, 'failures is 0'],
  [{ openMs: 0 }, 'openMs is 0'],
  [{ successes: 0 }, 'successes is 0'],
  [{ permits: Number.NaN }, 'permits is NaN'],
  [{ openMaxMs: 60_000, trialMs: 10_000 }, 'recovery must take at most'],
] as [Partial<BreakerPolicy>, string][])('the policy %j is refused', (policy, why) => {
  expect(() => world(policy)).toThrow(RangeError);
  expect(() => world(policy)).toThrow(why);
});
