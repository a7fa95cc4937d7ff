import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createMetricStore,
  enoughSamples,
  isPercentile,
  type Percentile,
  PercentileUnavailable,
  type Sample,
} from '../../twin/metrics/index.ts';

const minute = 60_000;
const hour = 60 * minute;
const noon = Date.UTC(2026, 0, 1, 12);
const series = { namespace: 'Breakwater', name: 'DurationMs', dimensions: { Dependency: 'postgres' } };

const sample = (at: number, values: number[], counts?: number[]): Sample => ({
  ...series,
  unit: 'Milliseconds',
  at,
  values,
  ...(counts && { counts }),
});

describe('statistics', () => {
  test('are those of a plain pass over the samples, whatever the window and the order of arrival', () => {
    const sampleArbitrary = fc.record({
      at: fc.integer({ min: 0, max: 4 * hour }),
      value: fc.integer({ min: -50, max: 50 }),
      count: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(sampleArbitrary, { maxLength: 30 }),
        fc.integer({ min: 0, max: 4 * hour }),
        fc.constantFrom(10_000, minute, 5 * minute, hour, 2 * hour, 1234),
        fc.boolean(),
        (samples, offset, period, whole) => {
          const store = createMetricStore();
          for (const { at, value, count } of samples) store.add(sample(noon + at, [value], [count]));
          const start = noon + (whole ? Math.floor(offset / minute) * minute : offset);
          const inside = samples
            .filter(({ at }) => noon + at >= start && noon + at < start + period)
            .flatMap(({ value, count }) => Array<number>(count).fill(value));
          const sum = inside.reduce((total, value) => total + value, 0);
          expect(store.datapoint(series, start, period)).toEqual(
            inside.length === 0
              ? undefined
              : {
                  start,
                  SampleCount: inside.length,
                  Sum: sum,
                  Average: sum / inside.length,
                  Minimum: Math.min(...inside),
                  Maximum: Math.max(...inside),
                },
          );
        },
      ),
    );
  });

  test('weigh a value by its count, and refuse counts that do not match the values', () => {
    const store = createMetricStore();
    store.add(sample(noon, [10, 20], [3, 1]));
    expect(store.datapoint(series, noon, minute)).toMatchObject({ SampleCount: 4, Sum: 50, Average: 12.5 });
    expect(() => store.add(sample(noon, [1, 2], [1]))).toThrow('1 counts for 2 values');
  });

  test('are forgotten after the retention', () => {
    const store = createMetricStore(2 * hour);
    store.add(sample(noon, [1]));
    store.add(sample(noon + 5 * hour, [1]));
    expect(store.datapoint(series, noon, minute)).toBeUndefined();
    expect(store.datapoint(series, noon, 6 * hour)?.SampleCount).toBe(1);
  });
});

describe('percentiles', () => {
  const of = (percentile: Percentile, values: number[], counts?: number[]) => {
    const store = createMetricStore();
    store.add(sample(noon, values, counts));
    return store.percentile(series, percentile, noon, minute);
  };
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  test.each<[Percentile, number, number]>([
    ['p50', 50, 50.5],
    ['p90', 90, 90.1],
    ['p99', 99, 99.01],
    ['p99.9', 100, 99.901],
    ['p7', 7, 7.93],
    ['p100', 100, 100],
  ])('%s of 1 to 100 is %d by nearest rank and %d by interpolation', (percentile, nearest, interpolated) => {
    const value = of(percentile, hundred);
    expect(value?.nearestRank).toBe(nearest);
    expect(value?.interpolated).toBeCloseTo(interpolated, 9);
  });

  test('count a value as often as it was measured, and merge the samples of the period', () => {
    expect(of('p90', [1, 100], [89, 11])).toMatchObject({ nearestRank: 100, sampleCount: 100 });
    const store = createMetricStore();
    for (const value of [3, 1, 2]) store.add(sample(noon + value, [value]));
    store.add(sample(noon + minute, [99]));
    expect(store.percentile(series, 'p50', noon, minute)).toEqual({
      ...{ nearestRank: 2, interpolated: 2, sampleCount: 3 },
    });
  });

  test('of nothing are missing, and of negative values are refused', () => {
    expect(createMetricStore().percentile(series, 'p50', noon, minute)).toBeUndefined();
    expect(() => of('p50', [1, -1])).toThrow(PercentileUnavailable);
  });

  test('need so many samples to mean something', () => {
    expect((['p99', 'p95', 'p90', 'p50', 'p10'] as const).map(enoughSamples)).toEqual([
      ...[1000, 200, 100, 20, 100],
    ]);
  });

  test.each(['p0', 'p101', 'p', '99', 'p99.', 'tm99', 'p1e1'])('%s is no percentile', (text) => {
    expect(isPercentile(text)).toBe(false);
  });
});

test('a range gives the datapoints of each period and leaves the missing ones out', () => {
  const store = createMetricStore();
  store.add(sample(noon, [1, 3]));
  store.add(sample(noon + 2 * minute, [5]));
  store.add(sample(noon + 3 * minute, [7]));
  const range = (statistic: 'Average' | 'p50') =>
    store.range(series, statistic, noon, noon + 3 * minute, minute);
  expect(range('Average')).toEqual([
    { start: noon, value: 2 },
    { start: noon + 2 * minute, value: 5 },
  ]);
  expect(range('p50').map(({ value }) => value)).toEqual([1, 5]);
});
