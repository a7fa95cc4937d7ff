import { describe, expect, test } from '@jest/globals';
import type { Alarm, AlarmDefinition, AlarmState } from '../../twin/alarms/index.ts';
import { actionsLeftOut, createFunctionActions } from '../../twin/notifications/index.ts';
import { arn } from '../../twin/template/index.ts';

const probe = arn('lambda', 'function:x-network-path-probe');
const topic = arn('sns', 'x-ticket');
const at = Date.UTC(2026, 0, 1);

const shared = (name: string, actions: string[]) => ({
  ...{ name, description: 'It is down.' },
  actions: { ALARM: actions, OK: [topic], INSUFFICIENT_DATA: [] },
});

const compared = {
  ...{ period: 60, threshold: 1, comparison: 'LessThanThreshold' as const },
  ...{ evaluationPeriods: 3, datapointsToAlarm: 2, treatMissingData: 'notBreaching' as const },
};

const series = { namespace: 'Breakwater', name: 'Up', dimensions: { Dependency: 'postgres' } };

const metric = (name: string, actions: string[]): AlarmDefinition => ({
  ...{ kind: 'metric', ...shared(name, actions), ...compared },
  ...{ statistic: 'Minimum', series },
});

const composite: AlarmDefinition = {
  ...{ kind: 'composite', ...shared('x-user-impact', [probe]) },
  ...{ rule: { kind: 'constant', value: true }, ruleText: 'TRUE' },
} as unknown as AlarmDefinition;

const alarm = (definition: AlarmDefinition): Alarm => ({
  ...{ definition, state: 'ALARM', reason: 'Threshold Crossed', since: at, history: [] },
});

const ran = ({ definition }: Alarm, to: AlarmState = 'ALARM') => ({
  transition: {
    ...{ alarm: definition.name, from: 'OK' as const, to, at },
    ...{ reason: 'Threshold Crossed', actions: definition.actions[to] },
  },
  actions: definition.actions[to],
});

describe('a function that is the action of an alarm', () => {
  test('is called once, with the event that CloudWatch sends', () => {
    const one = alarm(metric('x-postgres-down', [topic, probe]));
    const actions = createFunctionActions();
    actions.add([ran(one)], [one]);
    expect(actions.take(probe)).toEqual([
      {
        source: 'aws.cloudwatch',
        alarmArn: arn('cloudwatch', 'alarm:x-postgres-down'),
        ...{ accountId: '000000000000', time: '2026-01-01T00:00:00.000+0000', region: 'us-east-1' },
        alarmData: {
          alarmName: 'x-postgres-down',
          state: { value: 'ALARM', reason: 'Threshold Crossed', timestamp: '2026-01-01T00:00:00.000+0000' },
          previousState: { value: 'OK' },
          configuration: {
            description: 'It is down.',
            metrics: [
              { id: 'm1', metricStat: { metric: series, period: 60, stat: 'Minimum' }, returnData: true },
            ],
          },
        },
      },
    ]);
    expect(actions.take(probe)).toEqual([]);
  });

  test('is not called for a state without it, nor is another function', () => {
    const one = alarm(metric('x-postgres-down', [topic, `${probe}-of-another-name`]));
    const actions = createFunctionActions();
    actions.add([ran(one, 'OK'), ran(one)], [one]);
    expect(actions.take(probe)).toEqual([]);
  });

  test('is called through a version or an alias, and by a composite alarm', () => {
    const [one, two] = [alarm(metric('x-redis-down', [`${probe}:live`])), alarm(composite)];
    const actions = createFunctionActions();
    actions.add([ran(one), ran(two)], [one, two]);
    expect(actions.take(probe)).toMatchObject([
      { alarmData: { alarmName: 'x-redis-down' } },
      { alarmData: { alarmName: 'x-user-impact', configuration: { alarmRule: 'TRUE' } } },
    ]);
  });

  test('is said to be left out where nothing here can run it', () => {
    const other = arn('lambda', 'function:other');
    const definitions = [metric('a', [probe, other]), metric('b', [other])];
    expect(actionsLeftOut(definitions, [probe])).toEqual([
      `the function ${other}, which alarms call and no schedule`,
    ]);
  });
});
