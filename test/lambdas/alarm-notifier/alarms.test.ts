import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readChange } from '../../../lambdas/alarm-notifier/alarm-change.ts';
import { type AlarmReader, createAlarmReader } from '../../../lambdas/alarm-notifier/alarms.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../../../twin/aws/index.ts';
import { alarmMessage, timeOf } from './world.ts';

const topics = { page: 'arn:aws:sns:us-east-1:1:x-page', ticket: 'arn:aws:sns:us-east-1:1:x-ticket' };
const other = 'arn:aws:lambda:us-east-1:1:function:other';

const described = (name: string, more: object) => ({
  AlarmName: `x-${name}`,
  StateValue: 'ALARM',
  StateTransitionedTimestamp: timeOf(3) / 1_000,
  // Goes on with every evaluation.
  StateUpdatedTimestamp: timeOf(9) / 1_000,
  ActionsEnabled: true,
  ...more,
});

let endpoint: AwsEndpoint;
let reader: AlarmReader;
let asked: Record<string, unknown>[] = [];

beforeAll(async () => {
  endpoint = await startAwsEndpoint({
    ...{ secretsManager: {}, rds: {}, ecs: {} },
    cloudWatch: {
      DescribeAlarms: (input) => {
        asked.push(input);
        if (input.NextToken === undefined)
          return {
            MetricAlarms: [described('postgres-down', { AlarmActions: [topics.ticket, other] })],
            NextToken: 'more',
          };
        return {
          MetricAlarms: [
            described('mlflow-down', { ActionsEnabled: false, AlarmActions: [topics.ticket] }),
            described('nobody-knows', { AlarmActions: [] }),
          ],
          CompositeAlarms: [
            described('user-impact', { AlarmActions: [topics.page], ActionsSuppressedBy: 'WaitPeriod' }),
          ],
        };
      },
      DescribeAlarmHistory: (input) => {
        asked.push(input);
        const item = (minute: number, stateValue: string) => ({
          Timestamp: timeOf(minute) / 1_000,
          HistoryData: JSON.stringify({ newState: { stateValue } }),
        });
        return { AlarmHistoryItems: [item(5, 'OK'), { HistoryData: '{' }, item(3, 'ALARM')] };
      },
    },
  });
  const client = new CloudWatchClient({
    ...{ region: 'us-east-1', endpoint: endpoint.url },
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  reader = createAlarmReader(client, { prefix: 'x', ticketTopic: topics.ticket });
});
afterAll(() => endpoint?.close());

test('alarms of both kinds are read, with their severity, since when, and whether people hear of them', async () => {
  asked = [];
  const since = timeOf(3);
  expect(await reader.describe(AbortSignal.timeout(5_000))).toEqual([
    {
      name: 'x-postgres-down',
      condition: 'postgres-down',
      state: 'ALARM',
      since,
      severity: 'ticket',
      told: true,
    },
    {
      name: 'x-mlflow-down',
      condition: 'mlflow-down',
      state: 'ALARM',
      since,
      severity: 'ticket',
      told: false,
    },
    { name: 'x-nobody-knows', condition: undefined, state: 'ALARM', since, severity: 'ticket', told: false },
    { name: 'x-user-impact', condition: 'user-impact', state: 'ALARM', since, severity: 'page', told: false },
  ]);
  // Without the types CloudWatch leaves composite alarms out.
  expect(asked).toMatchObject([
    { AlarmNamePrefix: 'x-', AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
    { NextToken: 'more' },
  ]);
});

test('the history of an alarm comes oldest first', async () => {
  asked = [];
  expect(await reader.history('x-user-impact', AbortSignal.timeout(5_000))).toEqual([
    { to: 'ALARM', at: timeOf(3) },
    { to: 'OK', at: timeOf(5) },
  ]);
  expect(asked).toMatchObject([
    {
      AlarmName: 'x-user-impact',
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      HistoryItemType: 'StateUpdate',
    },
  ]);
});

test('a change of a composite alarm is read like any other', () => {
  const { Trigger: _, ...metric } = JSON.parse(alarmMessage('x-user-impact', 'OK', 'ALARM', timeOf(3)));
  const composite = { ...metric, AlarmRule: 'ALARM("x-requests-failing")', TriggeringChildren: [] };
  expect(readChange(JSON.stringify(composite))).toMatchObject({
    ...{ name: 'x-user-impact', from: 'OK', to: 'ALARM', at: timeOf(3), region: 'us-east-1' },
  });
});
