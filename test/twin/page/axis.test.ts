import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

// A script of the page, which has no types.
const script = new URL('../../../twin/page/static/axis.js', import.meta.url).href;
const { reachOf, extentOf } = await import(script);

describe('the axis of a graph', () => {
  test.each<[string, number[], { min?: number; max?: number }, number[], { low: number; high: number }]>([
    ['reaches a line near the data', [40, 60], { min: 0 }, [78, 87], { low: 0, high: 87 }],
    ['leaves the data a quarter of the height', [25], { min: 0 }, [100], { low: 0, high: 100 }],
    ['does not reach a line that would squeeze it more', [24], { min: 0 }, [100], { low: 0, high: 24 }],
    ['reaches the nearer of two', [40], { min: 0 }, [1000, 78], { low: 0, high: 78 }],
    ['reaches down to a line below', [90, 100], { max: 100 }, [85], { low: 85, high: 100 }],
    ['keeps the bounds of the widget', [10], { min: 0, max: 100 }, [120, -5], { low: 0, high: 100 }],
    ['goes to 1 where all counts are 0', [0, 0], { min: 0 }, [10], { low: 0, high: 1 }],
    ['is that of the data for parts of one', [0.002], { min: 0 }, [0.02], { low: 0, high: 0.002 }],
    ['needs no lines', [3, 7], {}, [], { low: 3, high: 7 }],
  ])('%s', (_, values, fixed, lines, reach) => {
    expect(reachOf(values, fixed, lines)).toEqual(reach);
  });

  test('has the data on it always, whatever the lines', () => {
    const number = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(number, { minLength: 1 }), fc.array(number), (values, lines) => {
        const { low, high } = reachOf(values, { min: 0 }, lines);
        expect(low).toBe(0);
        expect(high).toBeGreaterThanOrEqual(Math.max(...values));
        expect(Math.max(1, ...values)).toBeGreaterThanOrEqual(high / 4 - Number.EPSILON * high);
      }),
    );
  });

  test('counts areas on each other as they stand', () => {
    const series = [
      {
        points: [
          [1, 2],
          [2, 3],
        ],
      },
      { points: [[2, 4]] },
    ];
    expect(extentOf(series, true)).toEqual([2, 7]);
    expect(extentOf(series, false)).toEqual([2, 3, 4]);
  });
});
