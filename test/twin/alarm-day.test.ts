import { expect, test } from '@jest/globals';
import { createEvaluator } from '../../twin/alarms/index.ts';
import { createMetricStore } from '../../twin/metrics/index.ts';
import { follows, minute, put, type Resources, readResources } from './alarm-fixture.ts';

const start = Date.UTC(2026, 0, 1);
const metric = (Id: string, Period: number) => ({
  ...{ Id, ReturnData: false },
  MetricStat: { Metric: { Namespace: 'N', MetricName: Id }, Period, Stat: 'Sum' },
});

/** A burn rate over a short and a long window, as one alarm each; 70 alarms in all. */
const resources: Resources = {
  ...Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `Down${index}`,
      follows(`up${index}`, { EvaluationPeriods: 3, DatapointsToAlarm: 2 }),
    ]),
  ),
  ...Object.fromEntries(
    [300, 1800, 3600, 21_600].flatMap((period) =>
      [0.01, 0.05].map((threshold) => [
        `Burn${period}${threshold * 100}`,
        [
          'Alarm',
          {
            AlarmName: `burn-${period}-${threshold}`,
            Metrics: [
              ...[metric('requests', period), metric('errors', period)],
              { Id: 'e1', Expression: 'IF(requests >= 100, errors / requests, 0)' },
            ],
            ...{ Threshold: threshold, ComparisonOperator: 'GreaterThanThreshold' },
            ...{ EvaluationPeriods: 1, TreatMissingData: 'notBreaching' },
          },
        ],
      ]),
    ),
  ),
  Slow: follows('latency', { Statistic: undefined, ExtendedStatistic: 'p99', Threshold: 1, Period: 300 }),
  Users: ['CompositeAlarm', { AlarmName: 'users', AlarmRule: '(ALARM("up0") OR ALARM("burn-300-0.05"))' }],
};

test('a day of 70 alarms, some over six hours, shows the one bad hour and nothing else', () => {
  const { definitions, leftOut } = readResources(resources);
  expect([definitions.length, leftOut]).toEqual([70, []]);
  const store = createMetricStore();
  const evaluator = createEvaluator(definitions, store, start);
  for (let index = 0; index < 1440; index += 1) {
    const at = start + index * minute;
    for (let number = 0; number < 60; number += 1) put(store, `up${number}`, at, [0]);
    put(store, 'requests', at, [100]);
    put(store, 'errors', at, [index >= 600 && index < 660 ? 10 : 0]);
    put(store, 'latency', at, [0.2, 0.4], { counts: [90, 10] });
    evaluator.evaluate(at + minute);
  }
  const raised = evaluator.transitions.filter(({ to }) => to === 'ALARM').map(({ alarm }) => alarm);
  expect(raised.sort()).toEqual([
    ...['burn-1800-0.01', 'burn-1800-0.05', 'burn-21600-0.01', 'burn-300-0.01', 'burn-300-0.05'],
    ...['burn-3600-0.01', 'burn-3600-0.05', 'users'],
  ]);
  expect(evaluator.alarms.every(({ state }) => state === 'OK')).toBe(true);
});
