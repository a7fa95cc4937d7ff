import { describe, expect, test } from '@jest/globals';
import { createEvaluator } from '../../twin/alarms/index.ts';
import { createMetricStore } from '../../twin/metrics/index.ts';
import type { Properties } from '../../twin/template/index.ts';
import { follows, minute, put, readResources } from './alarm-fixture.ts';

const start = Date.UTC(2019, 9, 2, 16, 59);

/** The last change of an alarm on these values, one a minute. */
const lastOf = (change: Properties, values: (number | undefined)[]) => {
  const { definitions } = readResources({ A: follows('a', change) });
  const store = createMetricStore();
  const evaluator = createEvaluator(definitions, store, start);
  values.forEach((value, index) => {
    if (value !== undefined) put(store, 'a', start + index * minute, [value]);
    evaluator.evaluate(start + (index + 1) * minute);
  });
  return evaluator.transitions.at(-1);
};

describe('a reason reads as CloudWatch writes it', () => {
  test('for a crossing (recorded event)', () => {
    expect(lastOf({ Threshold: 50 }, [99.5])?.reason).toBe(
      'Threshold Crossed: 1 out of the last 1 datapoints [99.5 (02/10/19 16:59:00)] was greater than the ' +
        'threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).',
    );
  });

  test('for the way back', () => {
    expect(lastOf({ EvaluationPeriods: 3, DatapointsToAlarm: 3 }, [0, 1, 1, 1, 0])?.reason).toBe(
      'Threshold Crossed: 1 out of the last 3 datapoints [0.0 (02/10/19 17:03:00)] was not greater than the ' +
        'threshold (0.0) (minimum 1 datapoint for ALARM -> OK transition).',
    );
  });

  test('for several datapoints, newest first', () => {
    expect(lastOf({ EvaluationPeriods: 3, DatapointsToAlarm: 2 }, [2, 0, 1])?.reason).toBe(
      'Threshold Crossed: 2 out of the last 3 datapoints [1.0 (02/10/19 17:01:00), 2.0 (02/10/19 16:59:00)] ' +
        'were greater than the threshold (0.0) (minimum 2 datapoints for OK -> ALARM transition).',
    );
  });

  test('for no data at all (recorded: period 10, N = 2, breaching)', () => {
    const change = { Period: 10, EvaluationPeriods: 2, TreatMissingData: 'breaching' };
    expect(lastOf(change, [undefined])).toMatchObject({
      to: 'ALARM',
      reason:
        'Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated ' +
        'as [Breaching].',
    });
    expect(lastOf({}, [undefined])?.reason).toBe(
      'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as ' +
        '[NonBreaching].',
    );
  });

  test('for data that ends', () => {
    expect(lastOf({ TreatMissingData: 'missing' }, [1, undefined, undefined, undefined])).toMatchObject({
      ...{ to: 'INSUFFICIENT_DATA', reason: 'Insufficient Data: 1 datapoint was unknown.' },
    });
  });

  test('for missing datapoints beside real ones', () => {
    const change = { EvaluationPeriods: 2, TreatMissingData: 'breaching' };
    expect(lastOf(change, [1])?.reason).toContain(
      '1 out of the last 2 datapoints [1.0 (02/10/19 16:59:00)] was greater than the threshold (0.0) and ' +
        '1 missing datapoint was treated as [Breaching] (minimum 2 datapoints',
    );
  });

  test('for numbers as Java writes them', () => {
    expect(lastOf({}, [12_345_678])?.reason).toContain('[1.2345678E7 (');
    expect(lastOf({}, [0.0005])?.reason).toContain('[5.0E-4 (');
  });

  test('for the average of two samples (recorded: period 10, 21 and 22 over 21, ignore)', () => {
    const { definitions } = readResources({
      A: follows('a', { Period: 10, Statistic: 'Average', Threshold: 21, TreatMissingData: 'ignore' }),
    });
    const store = createMetricStore();
    put(store, 'a', start, [21]);
    put(store, 'a', start + 5000, [22]);
    const evaluator = createEvaluator(definitions, store, start);
    expect(evaluator.evaluate(start + 10_000)).toMatchObject([
      {
        from: 'INSUFFICIENT_DATA',
        to: 'ALARM',
        reason: expect.stringContaining('[21.5 (02/10/19 16:59:00)]'),
      },
    ]);
  });
});

describe('an alarm on a percentile', () => {
  const percentile = (change: Properties = {}): Properties => ({
    ...{ Statistic: undefined, ExtendedStatistic: 'p90', Threshold: 50 },
    ...change,
  });
  const run = (change: Properties, samples: { values: number[]; counts?: number[] }[]) => {
    const { definitions } = readResources({ A: follows('a', percentile(change)) });
    const store = createMetricStore();
    const evaluator = createEvaluator(definitions, store, start);
    samples.forEach(({ values, counts }, index) => {
      put(store, 'a', start + index * minute, values, counts && { counts });
      evaluator.evaluate(start + (index + 1) * minute);
    });
    return evaluator;
  };

  test('compares it and names it', () => {
    const { transitions } = run({}, [{ values: [10, 100], counts: [80, 20] }]);
    expect(transitions).toMatchObject([{ to: 'ALARM', reason: expect.stringContaining('[100.0 (') }]);
  });

  test('keeps its state on few samples when told to ignore them, and does not otherwise', () => {
    const few = { values: [100] };
    const many = { values: [10], counts: [100] };
    const states = (change: Properties) => run(change, [few, many, few]).transitions.map(({ to }) => to);
    expect(states({ EvaluateLowSampleCountPercentile: 'ignore' })).toEqual(['OK']);
    expect(states({ EvaluateLowSampleCountPercentile: 'evaluate' })).toEqual(['ALARM', 'OK', 'ALARM']);
    expect(states({})).toEqual(['ALARM', 'OK', 'ALARM']);
  });

  test('fails by name when nearest rank and interpolation fall on both sides of the threshold', () => {
    // Of 1 to 100 p90 is 90 or 90.1.
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(() => run({ Threshold: 90 }, [{ values }])).toThrow(
      expect.objectContaining({ name: 'PercentileUndecided', message: expect.stringContaining('Alarm a:') }),
    );
    expect(() => run({ Threshold: 91 }, [{ values }])).not.toThrow();
  });
});

describe('an alarm on metric math', () => {
  const metric = (Id: string, Stat = 'Sum') => ({
    ...{ Id, ReturnData: false },
    MetricStat: { Metric: { Namespace: 'N', MetricName: Id }, Period: 60, Stat },
  });
  const math = (Expression: string, change: Properties = {}): [string, Properties] => [
    'Alarm',
    {
      AlarmName: 'rate',
      Metrics: [metric('errors'), metric('requests'), { Id: 'expr_1', Expression, ReturnData: true }],
      ...{ Threshold: 0.5, ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1 },
      ...change,
    },
  ];
  const run = (resource: [string, Properties], ticks: Record<string, number>[]) => {
    const { definitions, leftOut } = readResources({ A: resource });
    expect(leftOut).toEqual([]);
    const store = createMetricStore();
    const evaluator = createEvaluator(definitions, store, start, { extraPeriods: 0 });
    return ticks.map((values, index) => {
      for (const [name, value] of Object.entries(values)) put(store, name, start + index * minute, [value]);
      evaluator.evaluate(start + (index + 1) * minute);
      return evaluator.alarms[0];
    });
  };

  test('compares the result of its expression, and says so', () => {
    const [first, second] = run(
      math('errors / requests'),
      [
        { errors: 9, requests: 10 },
        { errors: 1, requests: 10 },
      ].map((values) => values),
    );
    expect(second?.history.map(({ to }) => to)).toEqual(['ALARM', 'OK']);
    expect(first?.history[0]?.reason).toBe(
      'Threshold Crossed: 1 out of the last 1 datapoints [0.9 (02/10/19 16:59:00)] was greater than the ' +
        'threshold (0.5) (minimum 1 datapoint for OK -> ALARM transition).',
    );
  });

  test('treats missing data of the result, not of the metrics', () => {
    const states = (change: Properties) =>
      run(math('errors / requests', change), [{ errors: 5, requests: 0 }])[0]?.state;
    expect(states({ TreatMissingData: 'breaching' })).toBe('ALARM');
    expect(states({ TreatMissingData: 'notBreaching' })).toBe('OK');
    expect(states({})).toBe('INSUFFICIENT_DATA');
  });

  test('gates on a volume', () => {
    const gated = math('IF(requests >= 10, errors / requests, 0)', { TreatMissingData: 'notBreaching' });
    expect(run(gated, [{ errors: 9, requests: 9 }])[0]?.state).toBe('OK');
    expect(run(gated, [{ errors: 9, requests: 10 }])[0]?.state).toBe('ALARM');
  });

  test('with a percentile among its metrics fails by name where the rules differ in the result', () => {
    const Metrics = [metric('d', 'p90'), { Id: 'e', Expression: 'd * 2', ReturnData: true }];
    const { definitions } = readResources({ A: math('', { Metrics, Threshold: 180 }) });
    const store = createMetricStore();
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    put(store, 'd', start, values);
    const evaluator = createEvaluator(definitions, store, start);
    expect(() => evaluator.evaluate(start + minute)).toThrow('Alarm rate: at 2019-10-02T16:59:00.000Z');
  });

  test.each<[string, [string, Properties], string]>([
    ['what is invalid', math('errors / missing'), 'Alarm rate: Metrics cannot be evaluated: expr_1'],
    [
      'a bad period',
      math('errors', { Metrics: [{ Id: 'm', MetricStat: { ...metric('m').MetricStat, Period: 45 } }] }),
      'Period in Metrics must be 10, 20, 30',
    ],
    ['a band', math('errors', { ThresholdMetricId: 'expr_1' }), 'ThresholdMetricId is not implemented'],
    ['a Statistic beside', math('errors', { Statistic: 'Sum' }), 'Statistic must not stand beside Metrics'],
  ])('is refused for %s', (_, resource, message) => {
    const { refused } = readResources({ A: resource });
    expect(refused.map(({ message }) => message)).toEqual([expect.stringContaining(message)]);
  });
});
