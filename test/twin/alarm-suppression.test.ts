import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createEvaluator } from '../../twin/alarms/index.ts';
import { createMetricStore } from '../../twin/metrics/index.ts';
import type { Properties } from '../../twin/template/index.ts';
import { follows, minute, put, readResources } from './alarm-fixture.ts';

const start = Date.UTC(2026, 0, 1);

/**
 * Runs a composite alarm over the alarm `main` with the suppressor `sup`, and gives the minutes in which its
 * actions ran and, for each minute, what held them back.
 */
const run = (
  changes: Record<number, { main?: boolean; sup?: boolean }>,
  { wait = 2, extension = 3, until = 14 } = {},
) => {
  const { definitions } = readResources({
    Main: follows('main'),
    Sup: follows('sup'),
    Both: [
      'CompositeAlarm',
      {
        AlarmName: 'both',
        AlarmRule: 'ALARM(main)',
        AlarmActions: ['told'],
        OKActions: ['over'],
        ActionsSuppressor: { 'Fn::GetAtt': ['Sup', 'Arn'] },
        ActionsSuppressorWaitPeriod: wait * 60,
        ActionsSuppressorExtensionPeriod: extension * 60,
      },
    ],
  });
  const store = createMetricStore();
  const evaluator = createEvaluator(definitions, store, start, { extraPeriods: 0 });
  const composite = evaluator.alarms.find(({ definition }) => definition.kind === 'composite');
  let now = { main: false, sup: false };
  const suppressedBy: Record<number, string | undefined> = {};
  // The first change of state, out of INSUFFICIENT_DATA, is over before minute 0.
  for (let index = -10; index <= until; index += 1) {
    now = { ...now, ...changes[index] };
    // The state at the end of the minute is that of what was measured in it.
    for (const name of ['main', 'sup'] as const)
      put(store, name, start + (index - 1) * minute, [now[name] ? 1 : 0]);
    evaluator.evaluate(start + index * minute);
    suppressedBy[index] = composite?.actionsSuppressedBy;
  }
  const actions = evaluator.notifications
    .filter(({ transition, at }) => transition.alarm === 'both' && at > start - 5 * minute)
    .map(({ at, actions: [first] }) => `${first} ${(at - start) / minute}`);
  return { actions, suppressedBy, evaluator, composite };
};

describe('a suppressor, as in the cases of the guide (wait 2, extension 3)', () => {
  test.each<[string, Parameters<typeof run>[0], string[]]>([
    ['stays OK: the actions run after the wait', { 2: { main: true } }, ['told 4']],
    ['goes into ALARM during the wait: none', { 2: { main: true }, 3: { sup: true } }, []],
    ['goes into ALARM at the end of the wait: none', { 2: { main: true }, 4: { sup: true } }, []],
    ['goes into ALARM after the wait: they have run', { 2: { main: true }, 5: { sup: true } }, ['told 4']],
    ['is in ALARM before: none', { 1: { sup: true }, 2: { main: true } }, []],
    [
      'stays OK while the alarm goes back: only the new state',
      { 2: { main: true }, 3: { main: false } },
      ['over 5'],
    ],
    [
      'leaves ALARM: they run after the extension',
      { 2: { main: true }, 3: { sup: true }, 6: { sup: false } },
      ['told 9'],
    ],
    [
      'leaves ALARM, and the alarm goes back during the extension: a new wait',
      { 2: { main: true }, 3: { sup: true }, 6: { sup: false }, 7: { main: false } },
      ['over 9'],
    ],
    [
      'comes back during the extension: none',
      { 2: { main: true }, 3: { sup: true }, 6: { sup: false }, 8: { sup: true } },
      [],
    ],
    [
      'comes and goes after they have run: nothing runs again',
      { 2: { main: true }, 6: { sup: true }, 8: { sup: false } },
      ['told 4'],
    ],
  ])('%s', (_, changes, expected) => {
    expect(run(changes).actions).toEqual(expected);
  });

  test('shows what holds the actions back', () => {
    const { suppressedBy, composite } = run({ 2: { main: true }, 3: { sup: true }, 6: { sup: false } });
    expect([1, 2, 3, 5, 6, 8, 9].map((at) => suppressedBy[at])).toEqual([
      ...[undefined, 'WaitPeriod', 'Alarm', 'Alarm', 'ExtensionPeriod', 'ExtensionPeriod', undefined],
    ]);
    expect(composite?.actionsSuppressedReason).toBeUndefined();
    const waiting = run({ 2: { main: true } }, { until: 3 }).composite;
    expect(waiting?.actionsSuppressedReason).toBe('Actions suppressed by WaitPeriod');
  });

  test('delays actions, not the state', () => {
    const { evaluator } = run({ 2: { main: true } });
    const [transition] = evaluator.transitions.filter(({ alarm, to }) => alarm === 'both' && to === 'ALARM');
    expect(transition).toMatchObject({ at: start + 2 * minute, actions: [] });
  });

  test('lets actions run in between two evaluations', () => {
    expect(run({ 2: { main: true } }, { wait: 0.5 }).actions).toEqual(['told 2.5']);
    const both = run({ 2: { main: true }, 3: { main: false } }, { wait: 0.5 });
    expect(both.actions).toEqual(['told 2.5', 'over 3.5']);
  });
});

test('whatever the suppressor does, actions run only for the state that the alarm is in, and not while it is in ALARM', () => {
  const change = fc.record({ main: fc.boolean(), sup: fc.boolean() }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const { evaluator } = run(Object.fromEntries(changes.map((one, index) => [index, one])), { until: 20 });
      const stateAt = (alarm: string, at: number): string | undefined =>
        evaluator.transitions.findLast((one) => one.alarm === alarm && one.at <= at)?.to;
      const own = evaluator.notifications.filter(({ transition }) => transition.alarm === 'both');
      for (const { transition, at } of own) {
        expect(stateAt('both', at)).toBe(transition.to);
        expect(stateAt('sup', at)).not.toBe('ALARM');
        expect(at - transition.at).toBeGreaterThanOrEqual(2 * minute);
      }
      expect(new Set(own.map(({ transition }) => transition)).size).toBe(own.length);
    }),
    { numRuns: 50 },
  );
});

describe('a composite alarm', () => {
  const composite = (AlarmRule: unknown, change: Properties = {}): [string, Properties] => [
    'CompositeAlarm',
    { AlarmName: 'comp', AlarmRule, AlarmActions: ['told'], OKActions: ['over'], ...change },
  ];

  test('is read as CDK writes it, with references to its children', () => {
    const { definitions, leftOut } = readResources({
      A: follows('a'),
      B: follows('b'),
      C: composite({
        'Fn::Join': [
          '',
          [
            '(ALARM("',
            { 'Fn::GetAtt': ['A', 'Arn'] },
            '") OR ALARM("',
            { 'Fn::GetAtt': ['B', 'Arn'] },
            '"))',
          ],
        ],
      }),
    });
    expect(leftOut).toEqual([]);
    expect(definitions.at(-1)).toMatchObject({ kind: 'composite', name: 'comp', children: ['a', 'b'] });
  });

  const twoChildren = (rule: string) => {
    const { definitions } = readResources({ C: composite(rule), A: follows('a'), B: follows('b') });
    const store = createMetricStore();
    return { store, evaluator: createEvaluator(definitions, store, start, { extraPeriods: 0 }) };
  };

  test('changes with its children in the same evaluation, once, and says which one it was', () => {
    const { store, evaluator } = twoChildren('ALARM(a) OR ALARM(b)');
    const changes = [['a'], ['a', 'b'], ['b'], []].map((raised, index) => {
      for (const name of ['a', 'b'])
        put(store, name, start + index * minute, [raised.includes(name) ? 1 : 0]);
      return evaluator.evaluate(start + (index + 1) * minute).filter(({ alarm }) => alarm === 'comp');
    });
    expect(changes.map((all) => all.map(({ to, actions }) => `${to} ${actions}`))).toEqual([
      ['ALARM told'],
      [],
      [],
      ['OK over'],
    ]);
    expect(changes[0]?.[0]).toMatchObject({
      reason:
        'arn:aws:cloudwatch:us-east-1:000000000000:alarm:a transitioned to ALARM at Thursday 1 January, 2026 00:01:00 UTC',
      triggeredBy: ['a'],
    });
    expect(changes[3]?.[0]?.triggeredBy).toEqual(['b']);
  });

  test('is in INSUFFICIENT_DATA only until it is evaluated, and a child without data is neither OK nor ALARM', () => {
    const { definitions } = readResources({
      C: composite('ALARM(a) OR OK(a)'),
      A: follows('a', { TreatMissingData: 'missing' }),
    });
    const evaluator = createEvaluator(definitions, createMetricStore(), start);
    expect(evaluator.alarms.map(({ state }) => state)).toEqual(['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA']);
    evaluator.evaluate(start);
    expect(evaluator.alarms.map(({ definition: { name }, state }) => `${name} ${state}`).sort()).toEqual([
      ...['a INSUFFICIENT_DATA', 'comp OK'],
    ]);
  });

  test('sees composite alarms that stand after it', () => {
    const { definitions } = readResources({
      C: composite('ALARM(inner)'),
      I: composite('ALARM(a)', { AlarmName: 'inner' }),
      A: follows('a'),
    });
    const store = createMetricStore();
    const evaluator = createEvaluator(definitions, store, start);
    put(store, 'a', start, [1]);
    const names = evaluator.evaluate(start + minute).map(({ alarm }) => alarm);
    expect(names).toEqual(['a', 'inner', 'comp']);
  });

  test('counts a child that is not evaluated as one without data, and says so', () => {
    const { definitions, leftOut } = readResources({
      C: composite('(ALARM(a)) OR (NOT OK(a))'),
      A: follows('a', { EvaluationWindow: {} }),
    });
    expect(leftOut).toEqual([
      'composite alarm comp: a is not evaluated and counts as INSUFFICIENT_DATA',
      'not evaluated: Alarm a: EvaluationWindow is not implemented by the evaluator.',
    ]);
    const evaluator = createEvaluator(definitions, createMetricStore(), start);
    expect(evaluator.evaluate(start)).toMatchObject([{ alarm: 'comp', to: 'ALARM' }]);
  });

  test.each<[string, [string, Properties], string]>([
    ['a rule that cannot be read', composite('ALARM(a'), 'AlarmRule ends where'],
    ['an alarm that is not there', composite('ALARM(b)'), 'AlarmRule refers to b, which is no alarm'],
    [
      'a suppressor that is not there',
      composite('ALARM(a)', {
        ActionsSuppressor: 'b',
        ActionsSuppressorWaitPeriod: 60,
        ActionsSuppressorExtensionPeriod: 60,
      }),
      'ActionsSuppressor is b',
    ],
    [
      'a suppressor without periods',
      composite('ALARM(a)', { ActionsSuppressor: 'a' }),
      'ActionsSuppressorWaitPeriod must be',
    ],
    [
      'periods without a suppressor',
      composite('ALARM(a)', { ActionsSuppressorWaitPeriod: 60 }),
      'without ActionsSuppressor',
    ],
    ['itself', composite('ALARM(comp)'), 'leads back to the alarm itself: comp -> comp'],
    [
      'six actions',
      composite('ALARM(a)', { AlarmActions: ['1', '2', '3', '4', '5', '6'] }),
      'names 6 actions',
    ],
    ['something new', composite('ALARM(a)', { Schedule: {} }), 'Schedule is not implemented'],
  ])('with %s is refused', (_, resource, message) => {
    const { refused, definitions } = readResources({ A: follows('a'), C: resource });
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringContaining(`Composite alarm comp: `),
    ]);
    expect(refused[0]?.message).toContain(message);
    expect(definitions.map(({ name }) => name)).toEqual(['a']);
  });

  test('in a circle is refused, each one of it', () => {
    const { refused } = readResources({
      C: composite('ALARM(d)'),
      D: composite('OK(comp)', { AlarmName: 'd' }),
    });
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringContaining('comp -> d -> comp'),
      expect.stringContaining('d -> comp -> d'),
    ]);
  });
});
