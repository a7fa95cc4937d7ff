import { expect, test } from '@jest/globals';
import {
  denseSeriesCount,
  emfLine,
  metrics,
  monthlyCost,
  namespace,
  seriesCount,
} from '../../core/metrics/index.ts';

test('a line is embedded metric format: names, units and one dimension set, with the values at the root', () => {
  const line = JSON.parse(
    emfLine({
      timestamp: 1_700_000_000_000,
      environment: 'development',
      dependency: 'postgres',
      values: { Up: 0, DurationMs: 12.5, CertificateDaysLeft: Number.NaN },
      properties: { cause: 'DATABASE_MISSING' },
    }),
  );
  expect(line).toEqual({
    _aws: {
      Timestamp: 1_700_000_000_000,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [['Environment', 'Dependency']],
          Metrics: [
            { Name: 'Up', Unit: 'None' },
            { Name: 'DurationMs', Unit: 'Milliseconds' },
          ],
        },
      ],
    },
    Environment: 'development',
    Dependency: 'postgres',
    cause: 'DATABASE_MISSING',
    Up: 0,
    DurationMs: 12.5,
  });
});

test('the custom metrics of one environment stay below twelve dollars a month at list price', () => {
  expect([seriesCount(), denseSeriesCount()]).toEqual([40, 34]);
  // Forty series: what the whole catalogue of the design comes to.
  expect(monthlyCost()).toBeCloseTo(10.2);
});

test.each(Object.entries(metrics))('%s says what it counts and for whom', (_, metric) => {
  expect(metric.doc).toMatch(/\.$/);
  expect(metric.dependencies.length > 0).toBe(
    (metric.dimensions as readonly string[]).includes('Dependency'),
  );
});

test('only what happens now and then is sparse: breakers that change, and configuration that somebody changed', () => {
  const sparse = Object.entries(metrics).filter(([, metric]) => 'sparse' in metric);
  expect(sparse.map(([name]) => name)).toEqual([
    'BreakerTransitions',
    'ConfigurationChanges',
    'ConfigurationChangesByHand',
  ]);
});
