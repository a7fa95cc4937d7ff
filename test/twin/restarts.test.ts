import { describe, expect, test } from '@jest/globals';
import { createRestarts } from '../../twin/service/restarts.ts';

const ended = (ranMs: number, lastWords: string[] = []) => ({ how: 'exit status 1', lastWords, ranMs });

describe('a service that ends by itself', () => {
  test('is started again after a pause that grows to half a minute', () => {
    const restarts = createRestarts();
    const pauses = Array.from({ length: 8 }, () => restarts.next(ended(100)));
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(restarts.next(ended(60_000))).toBe(1_000);
    expect(restarts.problems()).toEqual([
      expect.stringContaining('by itself 9 times, at last (exit status 1'),
    ]);
  });

  test('is started at another port at once when somebody took its port, and not for ever', () => {
    const restarts = createRestarts();
    const taken = ended(100, ['listen EADDRINUSE: address already in use 127.0.0.1:1']);
    expect([1, 2, 3, 4].map(() => restarts.next(taken))).toEqual([0, 0, 0, 0]);
    expect([restarts.count(), restarts.problems()]).toEqual([0, []]);
    expect(restarts.next(taken)).toBe(1_000);
    expect(restarts.problems()).toEqual([expect.stringContaining('EADDRINUSE')]);
  });
});
