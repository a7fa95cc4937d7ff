import { describe, expect, test } from '@jest/globals';
import { type AlarmDefinition, createEvaluator, readAlarm } from '../../twin/alarms/index.ts';
import { createMetricStore, type MetricStore } from '../../twin/metrics/index.ts';
import { Refused } from '../../twin/refused.ts';
import type { Properties } from '../../twin/template/index.ts';
import { createFixture } from './template-fixture.ts';

const minute = 60_000;
const start = Date.UTC(2026, 0, 1, 17);
const series = { namespace: 'Breakwater', name: 'Up', dimensions: { Dependency: 'postgres' } };

const properties: Properties = {
  AlarmName: 'postgres-down',
  Namespace: 'Breakwater',
  MetricName: 'Up',
  Dimensions: [{ Name: 'Dependency', Value: 'postgres' }],
  Period: 60,
  Statistic: 'Minimum',
  Threshold: 1,
  ComparisonOperator: 'LessThanThreshold',
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  TreatMissingData: 'notBreaching',
  AlarmActions: [{ Ref: 'Topic' }],
};

const read = (change: Properties = {}): ReturnType<typeof readAlarm> => {
  const { assembly, resolve, remove } = createFixture({
    s: {
      Resources: {
        Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { ...properties, ...change } },
        Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'page' } },
      },
    },
  });
  remove();
  const [alarm] = assembly.ofType('AWS::CloudWatch::Alarm');
  if (!alarm) throw new Error('no alarm');
  return readAlarm(alarm, resolve);
};

const put = (store: MetricStore, at: number, value: number): void =>
  store.add({ ...series, unit: 'None', at, values: [value] });

describe('an alarm of the template', () => {
  test('is read with its defaults: M is N, missing data is missing, actions are on', () => {
    const definition = read({ DatapointsToAlarm: undefined, TreatMissingData: undefined });
    expect(definition).toMatchObject({ datapointsToAlarm: 3, treatMissingData: 'missing' });
    expect(definition.actions.ALARM).toEqual(['arn:aws:sns:us-east-1:000000000000:page']);
  });

  test('of DynamoDB ignores missing data, whatever it says', () => {
    expect(read({ Namespace: 'AWS/DynamoDB' }).treatMissingData).toBe('ignore');
  });

  test.each<[string, Properties]>([
    ['Namespace', { Metrics: [] }],
    ['ExtendedStatistic', { ExtendedStatistic: 'p99' }],
    ['ExtendedStatistic', { ExtendedStatistic: 'tm99', Statistic: undefined }],
    ['EvaluateLowSampleCountPercentile', { EvaluateLowSampleCountPercentile: 'ignore' }],
    [
      'EvaluateLowSampleCountPercentile',
      { ExtendedStatistic: 'p99', Statistic: undefined, EvaluateLowSampleCountPercentile: 'never' },
    ],
    ['EvaluationWindow', { EvaluationWindow: {} }],
    ['ThresholdMetricId', { ThresholdMetricId: 'e1' }],
    ['Statistic', { Statistic: undefined }],
    ['ComparisonOperator', { ComparisonOperator: 'GreaterThanUpperThreshold' }],
    ['Period', { Period: 45 }],
    ['DatapointsToAlarm', { DatapointsToAlarm: 4 }],
    ['EvaluationPeriods', { EvaluationPeriods: 1441 }],
    ['Threshold', { Threshold: '1' }],
    ['ActionsEnabled', { ActionsEnabled: 'false' }],
    ['AlarmActions', { AlarmActions: ['a', 'b', 'c', 'd', 'e', 'f'] }],
  ])('is refused by name for its %s', (property, change) => {
    expect(() => read(change)).toThrow(Refused);
    expect(() => read(change)).toThrow(new RegExp(`^Alarm postgres-down: ${property} `));
  });
});

describe('the evaluator', () => {
  const run = (
    definition: AlarmDefinition,
    values: (number | undefined)[],
    extraPeriods?: number,
  ): string[] => {
    const store = createMetricStore();
    const evaluator = createEvaluator(
      [definition],
      store,
      start,
      extraPeriods === undefined ? {} : { extraPeriods },
    );
    return values.map((value, index) => {
      if (value !== undefined) put(store, start + index * minute, value);
      evaluator.evaluate(start + (index + 1) * minute);
      return evaluator.alarms[0]?.state ?? '';
    });
  };

  test.each([1, 2, 3])(
    'raises 2 of 3 with the second failure and clears when one is left (%i extra)',
    (extra) => {
      expect(run(read(), [1, 0, 0, 1, 1, 1], extra)).toEqual(['OK', 'OK', 'ALARM', 'ALARM', 'OK', 'OK']);
    },
  );

  test('holds a silent probe for M + 2 periods, then raises the alarm that treats missing data as breaching', () => {
    const silent = read({
      Statistic: 'SampleCount',
      TreatMissingData: 'breaching',
      DatapointsToAlarm: 3,
    });
    expect(run(silent, [1, 1, 1, 1, 1, ...Array<undefined>(6).fill(undefined)])).toEqual([
      ...Array<string>(9).fill('OK'),
      ...['ALARM', 'ALARM'],
    ]);
  });

  test.each<[string, number, boolean]>([
    ['GreaterThanThreshold', 1, false],
    ['GreaterThanThreshold', 2, true],
    ['GreaterThanOrEqualToThreshold', 1, true],
    ['LessThanThreshold', 1, false],
    ['LessThanThreshold', 0, true],
    ['LessThanOrEqualToThreshold', 1, true],
    ['LessThanOrEqualToThreshold', 2, false],
  ])('%s with the value %i against 1 breaches: %s', (ComparisonOperator, value, breaches) => {
    const definition = read({ ComparisonOperator, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    expect(run(definition, [value])).toEqual([breaches ? 'ALARM' : 'OK']);
  });

  test('slides windows by the minute, not by the period', () => {
    const store = createMetricStore();
    const definition = read({ Period: 300, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    const evaluator = createEvaluator([definition], store, start);
    put(store, start + 2 * minute, 0);
    // The window [17:59, 17:04) of an evaluation at 17:04:40 holds the sample of 17:02.
    evaluator.evaluate(start + 4 * minute + 40_000);
    expect(evaluator.transitions).toMatchObject([{ to: 'ALARM' }]);
    expect(evaluator.transitions[0]?.reason).toContain('[0.0 (01/01/26 16:59:00)]');
  });

  test('begins in INSUFFICIENT_DATA and runs actions on a change of state only', () => {
    const store = createMetricStore();
    const evaluator = createEvaluator([read({ TreatMissingData: 'missing' })], store, start);
    expect(evaluator.alarms[0]?.state).toBe('INSUFFICIENT_DATA');
    expect(evaluator.evaluate(start)).toEqual([]);
    for (let index = 0; index < 4; index += 1) put(store, start + index * minute, 0);
    const changes = [1, 2, 3, 4].map((index) => evaluator.evaluate(start + index * minute));
    expect(changes.flat()).toMatchObject([
      { from: 'INSUFFICIENT_DATA', to: 'ALARM', actions: ['arn:aws:sns:us-east-1:000000000000:page'] },
    ]);
  });

  test('runs no action while ActionsEnabled is false', () => {
    const store = createMetricStore();
    const evaluator = createEvaluator([read({ ActionsEnabled: false })], store, start);
    put(store, start, 0);
    put(store, start + minute, 0);
    expect(evaluator.evaluate(start + 2 * minute)).toMatchObject([{ to: 'ALARM', actions: [] }]);
  });
});
