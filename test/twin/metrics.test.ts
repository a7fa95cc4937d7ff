import { describe, expect, test } from '@jest/globals';
import {
  createMetricStore,
  InvalidMetrics,
  readEmbeddedMetrics,
  type Sample,
} from '../../twin/metrics/index.ts';

const at = Date.UTC(2026, 0, 1);

const line = (change: object = {}, directive: object = {}): string =>
  JSON.stringify({
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          Namespace: 'Breakwater',
          Dimensions: [['Environment', 'Dependency']],
          Metrics: [
            { Name: 'Up', Unit: 'None' },
            { Name: 'DurationMs', Unit: 'Milliseconds' },
          ],
          ...directive,
        },
      ],
    },
    Environment: 'development',
    Dependency: 'postgres',
    Up: 1,
    DurationMs: [20, 22],
    ...change,
  });

describe('embedded metric format', () => {
  test('gives a sample for each metric, with dimensions, unit and every value', () => {
    expect(readEmbeddedMetrics(line())).toEqual([
      {
        ...{ namespace: 'Breakwater', name: 'Up', unit: 'None', at, values: [1] },
        dimensions: { Environment: 'development', Dependency: 'postgres' },
      },
      expect.objectContaining({ name: 'DurationMs', unit: 'Milliseconds', values: [20, 22] }),
    ]);
  });

  test.each(['', 'text', '{"probe":"connectivity"}', '{"_aws" broken', '["_aws"]'])(
    'is not what %j is',
    (other) => {
      expect(readEmbeddedMetrics(other)).toBeUndefined();
    },
  );

  test.each<[string, string, string]>([
    ['a metric without its member', line({ Up: undefined }), 'Metric Up'],
    ['a metric that is a text', line({ Up: '1' }), 'Metric Up'],
    ['a dimension without its member', line({ Dependency: undefined }), 'Dimension Dependency'],
    ['a dimension that is a number', line({ Dependency: 1 }), 'Dimension Dependency'],
    ['a unit that CloudWatch does not know', line({}, { Metrics: [{ Name: 'Up', Unit: 'ms' }] }), '"ms"'],
    ['no namespace', line({}, { Namespace: '' }), 'Namespace'],
    ['dimensions that are not lists of lists', line({}, { Dimensions: ['Environment'] }), 'Dimensions'],
    ['no time', line({ _aws: { CloudWatchMetrics: [{}] } }), 'Timestamp'],
    ['no directive', line({ _aws: { Timestamp: at, CloudWatchMetrics: [] } }), 'CloudWatchMetrics'],
  ])('is refused with %s', (_, text, message) => {
    expect(() => readEmbeddedMetrics(text)).toThrow(InvalidMetrics);
    expect(() => readEmbeddedMetrics(text)).toThrow(message);
  });
});

describe('the metric store', () => {
  const series = { namespace: 'Breakwater', name: 'Up', dimensions: { A: '1', B: '2' } };
  const sample = (change: Partial<Sample>): Sample => ({
    ...series,
    unit: 'None',
    at,
    values: [1],
    ...change,
  });

  test('merges the samples of a period into its five statistics', () => {
    const store = createMetricStore();
    store.add(sample({ values: [4, 1] }));
    store.add(sample({ at: at + 59_999, values: [1] }));
    expect(store.datapoint(series, at, 60_000)).toEqual({
      ...{ start: at, SampleCount: 3, Sum: 6, Average: 2, Minimum: 1, Maximum: 4 },
    });
  });

  test('counts a sample at the end of a period to the next one', () => {
    const store = createMetricStore();
    store.add(sample({ at: at + 60_000 }));
    expect(store.datapoint(series, at, 60_000)).toBeUndefined();
    expect(store.datapoint(series, at + 60_000, 60_000)?.SampleCount).toBe(1);
  });

  test('keeps series apart by their dimensions, in whatever order these are named', () => {
    const store = createMetricStore();
    store.add(sample({ dimensions: { B: '2', A: '1' }, values: [7] }));
    store.add(sample({ dimensions: { A: '1' }, values: [8] }));
    expect(store.datapoint(series, at, 60_000)?.Sum).toBe(7);
  });

  test('fails when several units lie in a period and none is asked for', () => {
    const store = createMetricStore();
    store.add(sample({ unit: 'Count', values: [5] }));
    store.add(sample({ unit: 'None' }));
    expect(() => store.datapoint(series, at, 60_000)).toThrow('several units (Count, None)');
    expect(store.datapoint(series, at, 60_000, 'Count')?.Sum).toBe(5);
  });
});
