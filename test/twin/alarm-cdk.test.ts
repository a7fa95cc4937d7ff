import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmMuteRule,
  AlarmRule,
  AlarmState,
  CompositeAlarm,
  MathExpression,
  Metric,
  ScheduleExpression,
} from 'aws-cdk-lib/aws-cloudwatch';
import { readAlarmSet } from '../../twin/alarms/index.ts';
import { readAssembly } from '../../twin/template/index.ts';
import { resolveWithoutServers } from '../../twin/template-checks/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'breakwater-cdk-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Every kind of alarm as CDK writes it. */
const synthesize = () => {
  const app = new App({ outdir: directory });
  const stack = new Stack(app, 'S');
  const metric = (metricName: string, statistic = 'Sum') =>
    new Metric({ namespace: 'N', metricName, statistic, period: Duration.minutes(1) });
  const alarm = (id: string, watched: Metric | MathExpression) =>
    new Alarm(stack, id, { metric: watched, threshold: 1, evaluationPeriods: 3, datapointsToAlarm: 2 });
  const slow = alarm('Slow', metric('latency', 'p99'));
  const down = alarm('Down', metric('up', 'Minimum'));
  const failing = alarm(
    'Failing',
    new MathExpression({
      expression: 'IF(requests >= 10, 100 * errors / requests, 0)',
      usingMetrics: { requests: metric('requests'), errors: metric('errors') },
      period: Duration.minutes(1),
    }),
  );
  const users = new CompositeAlarm(stack, 'Users', {
    compositeAlarmName: 'users',
    alarmRule: AlarmRule.anyOf(
      AlarmRule.allOf(
        AlarmRule.fromAlarm(slow, AlarmState.ALARM),
        AlarmRule.not(AlarmRule.fromAlarm(down, AlarmState.OK)),
      ),
      AlarmRule.fromAlarm(failing, AlarmState.ALARM),
      AlarmRule.fromBoolean(false),
    ),
    actionsSuppressor: down,
  });
  new AlarmMuteRule(stack, 'Mute', {
    alarms: [users, slow],
    schedule: ScheduleExpression.cron({ minute: '0', hour: '2' }),
    duration: Duration.hours(1),
  });
  app.synth();
};

test('alarms, composite alarms and mute rules are read as CDK writes them', () => {
  synthesize();
  const assembly = readAssembly(directory);
  const { definitions, muteRules, leftOut } = readAlarmSet(
    assembly,
    resolveWithoutServers(assembly),
    () => true,
  );
  expect(leftOut).toEqual([]);
  expect(definitions.map(({ kind }) => kind)).toEqual(['metric', 'metric', 'math', 'composite']);
  const [slow, down, failing, users] = definitions;
  expect(slow).toMatchObject({ statistic: 'p99' });
  expect(failing).toMatchObject({ period: 60, result: 'expr_1' });
  expect(users).toMatchObject({
    children: [slow?.name, down?.name, failing?.name],
    suppressor: { alarm: down?.name, waitSeconds: 60, extensionSeconds: 60 },
  });
  expect(muteRules).toMatchObject([{ alarms: ['users', slow?.name], durationMs: 3_600_000 }]);
});
