import { describe, expect, test } from '@jest/globals';
import { createEvaluator, type EvaluatorOptions } from '../../twin/alarms/index.ts';
import { createMetricStore } from '../../twin/metrics/index.ts';
import { follows, minute, put, readResources } from './alarm-fixture.ts';

const day = Date.UTC(2026, 0, 1);

/** Milliseconds since the epoch of a time of the day such as 17:04:40.985. */
const at = (time: string): number => Date.parse(`2026-01-01T${time.padEnd(8, ':00')}Z`);
const seconds = (time: string): number => Number(time.split(':')[2]);

describe('the evaluated datapoint, as in the sample events of CloudWatch', () => {
  /** A value each minute in which one arrived, and the start of the period that the alarm names. */
  test.each<[query: string, period: number, last: string, start: string]>([
    ['17:04:40.985', 300, '17:03', '16:59:00'],
    ['13:56:40.985', 300, '13:50', '13:46:00'],
    ['17:20:48.551', 300, '17:14', '17:10:00'],
    ['16:00:04.650', 60, '15:59', '15:58:00'],
    ['15:59:04.670', 60, '15:58', '15:57:00'],
  ])('at %s with period %i s begins at the documented time', (query, period, last, start) => {
    const { definitions } = readResources({
      A: follows('a', { Period: period, TreatMissingData: 'missing' }),
    });
    const store = createMetricStore();
    for (let time = at('12:00'); time <= at(last); time += minute) put(store, 'a', time, [1]);
    const evaluator = createEvaluator(definitions, store, day, {
      phaseSeconds: seconds(query),
      ingestionDelaySeconds: 5,
    });
    expect(evaluator.evaluate(at(query))).toMatchObject([{ to: 'ALARM', at: at(query) }]);
    expect(evaluator.alarms[0]?.reason).toContain(`(01/01/26 ${start})`);
  });
});

describe('the time of an evaluation', () => {
  const transitionsAt = (options: EvaluatorOptions, times: string[], change = {}): string[] => {
    const { definitions } = readResources({ A: follows('a', change) });
    const store = createMetricStore();
    const evaluator = createEvaluator(definitions, store, day, options);
    put(store, 'a', at('12:00:30'), [1]);
    for (const time of times) evaluator.evaluate(at(time));
    return evaluator.transitions.map((one) => `${new Date(one.at).toISOString().slice(11, 19)} ${one.to}`);
  };
  const minutes = ['12:00', '12:01', '12:02', '12:03', '12:04', '12:05'];

  test('is the whole minute without a phase', () => {
    expect(transitionsAt({ extraPeriods: 0 }, minutes)).toEqual([
      '12:00:00 OK',
      '12:01:00 ALARM',
      '12:02:00 OK',
    ]);
  });

  test('is the same second of each minute with one', () => {
    expect(transitionsAt({ extraPeriods: 0, phaseSeconds: 41 }, minutes)).toEqual([
      ...['11:59:41 OK', '12:01:41 ALARM', '12:02:41 OK'],
    ]);
  });

  test('waits for data that is late', () => {
    const late = { extraPeriods: 2, ingestionDelaySeconds: 61 };
    expect(transitionsAt(late, minutes)).toEqual(['12:00:00 OK', '12:03:00 ALARM', '12:04:00 OK']);
  });

  test('comes once a minute, however often it is asked for', () => {
    const { definitions } = readResources({ A: follows('a') });
    const store = createMetricStore();
    const evaluator = createEvaluator(definitions, store, day);
    evaluator.evaluate(at('12:01'));
    put(store, 'a', at('12:00'), [1]);
    expect(evaluator.evaluate(at('12:01:59'))).toEqual([]);
    expect(evaluator.evaluate(at('12:02'))).toMatchObject([{ to: 'ALARM' }]);
  });

  test.each<EvaluatorOptions>([
    { phaseSeconds: 60 },
    { phaseSeconds: -1 },
    { extraPeriods: 1.5 },
    { ingestionDelaySeconds: -1 },
  ])('with the options %j is refused', (options) => {
    expect(() => createEvaluator([], createMetricStore(), day, options)).toThrow(RangeError);
  });

  test('is each 10 s for a period of 10 s', () => {
    const { definitions } = readResources({ A: follows('a', { Period: 10 }) });
    const store = createMetricStore();
    const evaluator = createEvaluator(definitions, store, day, { extraPeriods: 0 });
    put(store, 'a', at('12:00:10'), [1]);
    expect(evaluator.evaluate(at('12:00:20'))).toMatchObject([{ to: 'ALARM' }]);
    expect(evaluator.evaluate(at('12:00:30'))).toMatchObject([{ to: 'OK' }]);
  });

  test('is each hour where the evaluation periods are longer than a day', () => {
    const { definitions } = readResources({
      A: follows('a', { Period: 3600, EvaluationPeriods: 25, DatapointsToAlarm: 1 }),
    });
    const store = createMetricStore();
    const evaluator = createEvaluator(definitions, store, day);
    evaluator.evaluate(at('12:00'));
    put(store, 'a', at('11:00'), [1]);
    expect(evaluator.evaluate(at('12:59'))).toEqual([]);
    expect(evaluator.evaluate(at('13:00'))).toMatchObject([{ to: 'ALARM' }]);
  });
});

test.each([1, 2, 3])(
  'a single breaching point holds the alarm for N + %i periods where missing is not breaching',
  (extraPeriods) => {
    const { definitions } = readResources({
      A: follows('a', { EvaluationPeriods: 3, DatapointsToAlarm: 1 }),
    });
    const store = createMetricStore();
    const evaluator = createEvaluator(definitions, store, day, { extraPeriods });
    put(store, 'a', at('12:00'), [1]);
    for (let index = 0; index < 12; index += 1) evaluator.evaluate(at('12:00') + index * minute);
    const [, raised, cleared] = evaluator.transitions;
    expect([raised?.to, cleared?.to]).toEqual(['ALARM', 'OK']);
    expect(((cleared?.at ?? 0) - (raised?.at ?? 0)) / minute).toBe(3 + extraPeriods);
  },
);
