import { describe, expect, test } from '@jest/globals';
import { createEvaluator, type MuteRule } from '../../twin/alarms/index.ts';
import { mutedUntil } from '../../twin/alarms/mute-rule.ts';
import { createMetricStore } from '../../twin/metrics/index.ts';
import type { Properties } from '../../twin/template/index.ts';
import { follows, minute, put, type Resources, readResources } from './alarm-fixture.ts';

const midnight = Date.UTC(2026, 0, 1);
const time = (clock: string): number =>
  Date.parse(`${clock.includes('T') ? clock : `2026-01-01T${clock}`}:00Z`);

const muteRule = (
  name: string,
  Expression: string,
  Duration: string,
  change: Properties = {},
): [string, Properties] => [
  'AlarmMuteRule',
  {
    Name: name,
    Rule: { Schedule: { Expression, Duration } },
    MuteTargets: { AlarmNames: [{ Ref: 'A' }] },
    ...change,
  },
];

const alarm = follows('a', { AlarmActions: ['told'], OKActions: ['over'] });

/** Raised in minute 2 and from then on. */
const always = Array.from({ length: 19 }, (_, index) => index + 2);

/** What was told of the alarm `a`, which is raised in these minutes after midnight. */
const run = (raised: number[], rules: Resources, composite = false) => {
  const { definitions, muteRules, leftOut } = readResources({ A: alarm, ...rules });
  expect(leftOut).toEqual([]);
  const store = createMetricStore();
  const evaluator = createEvaluator(definitions, store, midnight, { extraPeriods: 0, muteRules });
  for (let index = -5; index <= 20; index += 1) {
    put(store, 'a', midnight + (index - 1) * minute, [raised.includes(index) ? 1 : 0]);
    evaluator.evaluate(midnight + index * minute);
  }
  const told = evaluator.notifications
    .filter(({ at, transition }) => at > midnight - 4 * minute && (!composite || transition.alarm === 'comp'))
    .map(
      ({ at, actions, mutedBy }) =>
        `${actions} ${(at - midnight) / minute}${mutedBy ? ` muted by ${mutedBy}` : ''}`,
    );
  return { told, evaluator };
};

describe('a mute rule, as in the scenarios of the guide', () => {
  test('mutes actions of every state, not the state, and nothing runs later for a state that is over', () => {
    const rule = { R: muteRule('r', 'cron(1 0 * * *)', 'PT10M', {}) };
    const { told, evaluator } = run([2, 3], rule);
    expect(told).toEqual(['told 2 muted by r', 'over 4 muted by r', 'over 11']);
    expect(evaluator.transitions.map(({ to }) => to)).toEqual(['OK', 'ALARM', 'OK']);
    expect(evaluator.transitions.map(({ actions }) => actions)).toEqual([['over'], [], []]);
  });

  test('lets the actions run when it ends and the alarm is still in that state', () => {
    expect(run(always, { R: muteRule('r', 'cron(1 0 * * *)', 'PT4M') }).told).toEqual([
      ...['told 2 muted by r', 'told 5'],
    ]);
  });

  test('is one of several: the actions wait for the last of them', () => {
    const rules = {
      R: muteRule('r', 'cron(1 0 * * *)', 'PT4M'),
      S: muteRule('s', 'at(2026-01-01T00:04)', 'PT6M'),
    };
    expect(run(always, rules).told).toEqual(['told 2 muted by r', 'told 10']);
  });

  test('lets nothing run for a state that is over, though nobody is told of the new one', () => {
    const quiet = { A: follows('a', { AlarmActions: ['told'] }) };
    const rule = muteRule('r', 'cron(1 0 * * *)', 'PT10M');
    expect(run([2, 3], { ...quiet, R: rule }).told).toEqual(['told 2 muted by r']);
  });

  test('ends for each alarm by itself', () => {
    const rules: Resources = {
      C: ['CompositeAlarm', { AlarmName: 'comp', AlarmRule: 'ALARM(a)', AlarmActions: ['page'] }],
      R: muteRule('r', 'cron(1 0 * * *)', 'PT4M'),
      S: muteRule('s', 'cron(1 0 * * *)', 'PT8M', { MuteTargets: { AlarmNames: [{ Ref: 'C' }] } }),
    };
    expect(run(always, rules).told).toEqual([
      ...['told 2 muted by r', 'page 2 muted by s', 'told 5', 'page 9'],
    ]);
    expect(run([2, 3, 4, 5, 6], rules).told).toEqual([
      ...['told 2 muted by r', 'page 2 muted by s', 'told 5', 'over 7'],
    ]);
  });

  test('does not touch what was told before it, or is told after', () => {
    const rule = { R: muteRule('r', 'at(2026-01-01T00:05)', 'PT3M') };
    expect(run([2, 3, 4, 5, 6, 7, 8, 9], rule).told).toEqual(['told 2', 'over 10']);
  });

  test('mutes the actions of a composite alarm that waited for its suppressor', () => {
    const rules: Resources = {
      S: follows('s'),
      C: [
        'CompositeAlarm',
        {
          ...{ AlarmName: 'comp', AlarmRule: 'ALARM(a)', AlarmActions: ['page'], ActionsSuppressor: 's' },
          ...{ ActionsSuppressorWaitPeriod: 120, ActionsSuppressorExtensionPeriod: 60 },
        },
      ],
      R: muteRule('r', 'at(2026-01-01T00:03)', 'PT5M', { MuteTargets: { AlarmNames: [{ Ref: 'C' }] } }),
    };

    expect(run(always, rules, true).told).toEqual(['page 4 muted by r', 'page 8']);
  });
});

describe('the times of a mute rule', () => {
  const read = (expression: string, duration = 'PT1H', change: Properties = {}): MuteRule => {
    const { muteRules, refused } = readResources({
      A: alarm,
      R: muteRule('r', expression, duration, change),
    });
    const [rule] = muteRules;
    if (!rule) throw new Error(refused[0]?.message);
    return rule;
  };

  test.each<[string, string, string, boolean]>([
    ['cron(0 2 * * *)', 'PT1H', '02:00', true],
    ['cron(0 2 * * *)', 'PT1H', '02:59', true],
    ['cron(0 2 * * *)', 'PT1H', '03:00', false],
    ['cron(0 2 * * *)', 'PT1H', '01:59', false],
    ['cron(0,30 * * * *)', 'PT10M', '05:35', true],
    ['cron(0,30 * * * *)', 'PT10M', '05:45', false],
    ['cron(0 22 * * THU)', 'PT4H', '2026-01-02T01:30', true],
    ['cron(0 22 * * FRI)', 'PT4H', '2026-01-02T01:30', false],
    ['cron(0 0 * * MON-FRI)', 'P1D', '2026-01-03T12:00', false],
    ['cron(0 0 1 JAN,FEB *)', 'P15D', '2026-01-15T23:59', true],
    ['cron(0 0 1 JAN,FEB *)', 'P15D', '2026-01-16T00:00', false],
    ['cron(0 18 * * 5)', 'P2DT12H', '2026-01-05T05:59', true],
    ['at(2026-01-01T10:00)', 'PT1M', '10:00', true],
    ['at(2026-01-01T10:00)', 'PT1M', '10:01', false],
  ])('%s for %s at %s: %s', (expression, duration, at, muted) => {
    expect(mutedUntil(read(expression, duration), time(at)) !== undefined).toBe(muted);
  });

  test('are limited by its dates', () => {
    const dates = { StartDate: '2026-01-02T00:00', ExpireDate: '2026-01-03T02:30' };
    const rule = read('cron(0 2 * * *)', 'PT1H', dates);
    const ends = ['2026-01-01T02:10', '2026-01-02T02:10', '2026-01-03T02:10', '2026-01-03T02:30'].map((at) =>
      mutedUntil(rule, time(at)),
    );
    expect(ends).toEqual([undefined, time('2026-01-02T03:00'), time('2026-01-03T02:30'), undefined]);
  });

  test.each<[string, string, string, Properties]>([
    ['Rule.Schedule.Expression', 'rate(1 hour)', 'PT1H', {}],
    ['Rule.Schedule.Expression', 'cron(0 2 * * ? *)', 'PT1H', {}],
    ['Rule.Schedule.Expression', 'cron(60 2 * * *)', 'PT1H', {}],
    ['Rule.Schedule.Expression', 'cron(0 5-2 * * *)', 'PT1H', {}],
    ['Rule.Schedule.Expression', 'cron(0 2 1 * MON)', 'PT1H', {}],
    ['Rule.Schedule.Expression', 'at(2026-13-01T00:00)', 'PT1H', {}],
    ['Rule.Schedule.Duration', 'cron(0 2 * * *)', '1h', {}],
    ['Rule.Schedule.Duration', 'cron(0 2 * * *)', 'PT', {}],
    ['Rule.Schedule.Duration', 'cron(0 2 * * *)', 'P16D', {}],
    ['Rule.Schedule.Duration', 'cron(0 2 * * *)', 'PT0M', {}],
    [
      'Rule.Schedule.Timezone',
      '',
      '',
      { Rule: { Schedule: { Expression: 'cron(0 2 * * *)', Duration: 'PT1H', Timezone: 'Europe/Paris' } } },
    ],
    ['MuteTargets.AlarmNames', 'cron(0 2 * * *)', 'PT1H', { MuteTargets: undefined }],
    ['MuteTargets.AlarmNames', 'cron(0 2 * * *)', 'PT1H', { MuteTargets: { AlarmNames: ['z'] } }],
    ['ExpireDate', 'cron(0 2 * * *)', 'PT1H', { ExpireDate: 'tomorrow' }],
    ['Priority', 'cron(0 2 * * *)', 'PT1H', { Priority: 1 }],
  ])('are refused by name for %s (%s, %s)', (property, expression, duration, change) => {
    expect(() => read(expression, duration, change)).toThrow(`Alarm mute rule r: ${property} `);
  });
});
