import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AttemptFailure,
  type AttemptResult,
  type RetryPolicy,
  retry,
} from '../../../core/resilience/index.ts';

const policy: RetryPolicy = { retries: 3, baseDelayMs: 100, maxDelayMs: 250, repeatable: false };
const away: AttemptFailure = { cause: 'CONNECTION_REFUSED', transient: true, outcomeUnknown: false };

const failing = (failure: AttemptFailure): AttemptResult<never> => ({
  ok: false,
  failure,
  error: new Error(failure.cause),
});

const play = async (
  results: AttemptResult<string>[],
  more: Partial<RetryPolicy> = {},
  remainingMs = Number.POSITIVE_INFINITY,
) => {
  const delays: number[] = [];
  let attempts = 0;
  const result = await retry(
    async () => results[Math.min(attempts++, results.length - 1)] as AttemptResult<string>,
    {
      policy: { ...policy, ...more },
      random: () => 0.999,
      remainingMs: () => remainingMs,
      sleep: async (ms) => {
        delays.push(Math.round(ms));
      },
    },
  );
  return { result, attempts, delays };
};

describe('a call is repeated', () => {
  test('until it succeeds, after delays that double up to their cap', async () => {
    const { result, attempts, delays } = await play([
      failing(away),
      failing(away),
      failing(away),
      { ok: true, value: 'there' },
    ]);
    expect(result).toEqual({ ok: true, value: 'there' });
    expect({ attempts, delays }).toEqual({ attempts: 4, delays: [100, 200, 250] });
  });

  test('as often as it may and no more; then the last failure is the result', async () => {
    const { result, attempts } = await play([failing(away)]);
    expect({ ok: result.ok, attempts }).toEqual({ ok: false, attempts: 4 });
    expect((await play([failing(away)], { retries: 0 })).attempts).toBe(1);
  });
});

describe('a call is not repeated', () => {
  test('when nothing but a change can help', async () => {
    expect((await play([failing({ ...away, cause: 'DATABASE_MISSING', transient: false })])).attempts).toBe(
      1,
    );
  });

  test('when the server may have done it, unless doing it twice does no harm', async () => {
    const unknown = failing({ ...away, cause: 'CONNECTION_LOST', outcomeUnknown: true });
    expect((await play([unknown])).attempts).toBe(1);
    expect((await play([unknown], { repeatable: true })).attempts).toBe(4);
  });

  test('when the delay would use up the time that is left', async () => {
    expect((await play([failing(away)], {}, 50)).attempts).toBe(1);
  });
});

test('every delay lies between zero and its bound, whatever chance says', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 1_000 }),
      fc.double({ min: 0, max: 0.9999, noNaN: true }),
      async (retries, baseDelayMs, chance) => {
        const delays: number[] = [];
        await retry(async () => failing(away), {
          policy: { retries, baseDelayMs, maxDelayMs: 5_000, repeatable: false },
          random: () => chance,
          sleep: async (ms) => {
            delays.push(ms);
          },
        });
        expect(delays).toHaveLength(retries);
        delays.forEach((delay, index) => {
          expect(delay).toBeLessThanOrEqual(Math.min(baseDelayMs * 2 ** index, 5_000));
          expect(delay).toBeGreaterThanOrEqual(0);
        });
      },
    ),
  );
});

test('each failed attempt is told, with the delay before the next one', async () => {
  const told: unknown[] = [];
  await retry(async () => failing(away), {
    policy: { ...policy, retries: 1 },
    random: () => 0.5,
    sleep: async () => undefined,
    onFailure: (attempt, { cause }, delayMs) => told.push([attempt, cause, delayMs]),
  });
  expect(told).toEqual([
    [1, 'CONNECTION_REFUSED', 50],
    [2, 'CONNECTION_REFUSED', undefined],
  ]);
});

test.each([
  { retries: -1 },
  { retries: 1.5 },
  { baseDelayMs: 0 },
  { maxDelayMs: 1 },
  { retries: Number.NaN },
])('the policy %j is refused', async (wrong) => {
  await expect(play([failing(away)], wrong)).rejects.toThrow(RangeError);
});
