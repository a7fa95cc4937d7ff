import { describe, expect, test } from '@jest/globals';
import { createMetricStore } from '../../../twin/metrics/index.ts';
import type { DashboardWidget } from '../../../twin/page/dashboard.ts';
import { ExpressionRefused, parseExpression } from '../../../twin/page/expression.ts';
import { widgetData } from '../../../twin/page/widget-data.ts';

const values: Record<string, number> = { a: 6, b: 2, zero: 0 };
const calculated = (text: string) => parseExpression(text)((id) => values[id]);

describe('metric math', () => {
  test.each([
    ['a - b - 1', 3],
    ['a / b / 3', 1],
    ['2 + a * b', 14],
    ['(2 + a) * b', 16],
    ['100 * (1 - (FILL(none, 0) + b) / a)', 100 * (1 - 2 / 6)],
    ['-a + b', -4],
    ['FILL(a, 1) + FILL(none, 1)', 7],
    ['1.5 * b', 3],
  ])('%s is %d', (text, value) => {
    expect(calculated(text)).toBeCloseTo(value);
  });

  test.each(['a / zero', 'none + a', '-none'])('%s has no value', (text) => {
    expect(calculated(text)).toBeUndefined();
  });

  test.each(['', 'a +', '(a', 'a b', 'SUM(a)', 'a ^ 2', 'FILL(a)', 'IF(a, 1, 2)'])(
    '%j is refused',
    (text) => {
      expect(() => parseExpression(text)).toThrow(ExpressionRefused);
    },
  );
});

describe('a widget', () => {
  const minute = 60_000;
  const now = Date.UTC(2026, 0, 1, 10);
  const widget = (properties: DashboardWidget['properties']): DashboardWidget => ({
    ...{ type: 'metric', x: 0, y: 0, width: 6, height: 6 },
    properties,
  });
  const stored = (name: string, counts: readonly number[]) => {
    const store = createMetricStore();
    for (const [place, count] of counts.entries())
      store.add({
        ...{ namespace: 'N', name, dimensions: {}, unit: 'Count' },
        at: now - (counts.length - place) * minute,
        values: [count],
      });
    return store;
  };

  test('with one value for a range shows the end of that range, not the hour of the clock', () => {
    const store = stored('requests', [100, 100]);
    const { series } = widgetData(
      store,
      widget({
        period: 60,
        setPeriodToTimeRange: true,
        start: '-PT1H',
        metrics: [
          ['N', 'requests', { stat: 'Sum', id: 'all', visible: false }],
          ['N', 'errors', { stat: 'Sum', id: 'bad', visible: false }],
          [{ expression: '100 * (1 - FILL(bad, 0) / all)', label: 'good' }],
        ],
      }),
      now,
      60,
    );
    expect(series).toEqual([{ label: 'good', points: [[now - 60 * minute, 100]] }]);
  });

  test('sums over its period, which begins at a multiple of its length', () => {
    const { series, period } = widgetData(
      stored('x', [1, 2, 4]),
      widget({ period: 300, metrics: [['N', 'x', { stat: 'Sum' }]] }),
      now,
      10,
    );
    expect([period, series]).toEqual([5 * minute, [{ label: 'x', points: [[now - 5 * minute, 7]] }]]);
  });

  test('says of an expression that it does not understand that it does not', () => {
    const { series } = widgetData(
      stored('x', [1]),
      widget({ metrics: [[{ expression: 'ANOMALY_DETECTION_BAND(m1)', label: 'band' }]] }),
      now,
      10,
    );
    expect(series[0]?.problem).toContain('is not understood here');
  });
});
