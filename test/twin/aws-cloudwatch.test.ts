import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createEvaluator } from '../../twin/alarms/index.ts';
import { type AwsEndpoint, cloudWatchOperations, startAwsEndpoint } from '../../twin/aws/index.ts';
import { createMetricStore } from '../../twin/metrics/index.ts';
import { follows, minute, put, readResources } from './alarm-fixture.ts';

const start = Date.UTC(2026, 0, 1);
let endpoint: AwsEndpoint;
let client: CloudWatchClient;

beforeAll(async () => {
  const { definitions } = readResources({
    A: follows('a', { Dimensions: [{ Name: 'D', Value: 'v' }] }),
    S: follows('s'),
    M: [
      'Alarm',
      {
        AlarmName: 'm',
        Metrics: [
          {
            Id: 'x',
            MetricStat: { Metric: { Namespace: 'N', MetricName: 's' }, Period: 60, Stat: 'Sum' },
            ReturnData: false,
          },
          { Id: 'expr_1', Expression: 'x * 2' },
        ],
        ...{ Threshold: 1, ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1 },
      },
    ],
    C: [
      'CompositeAlarm',
      {
        ...{
          AlarmName: 'c',
          AlarmDescription: 'users notice',
          AlarmRule: 'ALARM(s)',
          AlarmActions: ['page'],
        },
        ...{ ActionsSuppressor: 'a', ActionsSuppressorWaitPeriod: 120, ActionsSuppressorExtensionPeriod: 60 },
      },
    ],
  });
  const store = createMetricStore();
  put(store, 's', start, [1]);
  const evaluator = createEvaluator(definitions, store, start);
  evaluator.evaluate(start + minute);
  endpoint = await startAwsEndpoint({
    ...{ secretsManager: {}, rds: {}, ecs: {} },
    cloudWatch: cloudWatchOperations({ evaluator }),
  });
  client = new CloudWatchClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'twin', secretAccessKey: 'twin' },
  });
});
afterAll(async () => {
  client.destroy();
  await endpoint.close();
});

describe('DescribeAlarms', () => {
  test('gives metric alarms alone unless composite ones are asked for, as CloudWatch does', async () => {
    const answer = await client.send(new DescribeAlarmsCommand({}));
    expect(answer.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(['a', 's', 'm']);
    expect(answer.CompositeAlarms).toEqual([]);
    expect(answer.MetricAlarms?.[0]?.Dimensions).toEqual([{ Name: 'D', Value: 'v' }]);
  });

  test('gives composite alarms with their rule and what holds their actions back', async () => {
    const answer = await client.send(new DescribeAlarmsCommand({ AlarmTypes: ['CompositeAlarm'] }));
    expect(answer.MetricAlarms).toEqual([]);
    expect(answer.CompositeAlarms).toMatchObject([
      {
        ...{ AlarmName: 'c', AlarmDescription: 'users notice', AlarmRule: 'ALARM(s)', StateValue: 'ALARM' },
        AlarmArn: 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:c',
        ...{ ActionsSuppressedBy: 'WaitPeriod', ActionsSuppressedReason: 'Actions suppressed by WaitPeriod' },
        ActionsSuppressor: 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:a',
        ...{ ActionsSuppressorWaitPeriod: 120, ActionsSuppressorExtensionPeriod: 60 },
      },
    ]);
  });

  test('gives what a math alarm is made of', async () => {
    const answer = await client.send(new DescribeAlarmsCommand({ AlarmNames: ['m'] }));
    expect(answer.MetricAlarms).toMatchObject([
      {
        AlarmName: 'm',
        Metrics: [
          {
            Id: 'x',
            MetricStat: { Metric: { MetricName: 's' }, Period: 60, Stat: 'Sum' },
            ReturnData: false,
          },
          { Id: 'expr_1', Expression: 'x * 2', ReturnData: true },
        ],
      },
    ]);
  });
});

test('DescribeAlarmHistory tells the kind of alarm', async () => {
  const types = await Promise.all(
    ['s', 'c'].map(async (AlarmName) => {
      const answer = await client.send(new DescribeAlarmHistoryCommand({ AlarmName }));
      return answer.AlarmHistoryItems?.map(({ AlarmType }) => AlarmType);
    }),
  );
  expect(types).toEqual([['MetricAlarm'], ['CompositeAlarm']]);
});
