import { afterEach, describe, expect, test } from '@jest/globals';
import type { Alarm, AlarmState, Transition } from '../../twin/alarms/index.ts';
import { createAlarmPublisher, createDeliveries } from '../../twin/notifications/index.ts';
import { arn } from '../../twin/template/index.ts';
import { createFixture, type Fixture } from './template-fixture.ts';

const topic = (name: string) => ({ Type: 'AWS::SNS::Topic', Properties: { TopicName: name } });

/** A template with a topic for each of pages and tickets, a function that takes both, and where its failures go. */
const template = (handled: boolean) => ({
  Resources: {
    Page: topic('x-page'),
    Ticket: topic('x-ticket'),
    Delivery: topic('x-page-delivery'),
    ...(handled && {
      Notifier: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'x-alarm-notifier',
          Handler: 'index.handler',
          Code: { S3Key: 'code.zip' },
        },
      },
      Subscription: {
        Type: 'AWS::SNS::Subscription',
        Properties: {
          Protocol: 'lambda',
          TopicArn: { Ref: 'Page' },
          Endpoint: { 'Fn::GetAtt': ['Notifier', 'Arn'] },
        },
      },
      Invocation: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: {
          FunctionName: { Ref: 'Notifier' },
          MaximumRetryAttempts: 1,
          DestinationConfig: { OnFailure: { Destination: { Ref: 'Delivery' } } },
        },
      },
    }),
  },
});

const alarm: Alarm = {
  definition: {
    kind: 'metric',
    ...{
      name: 'x-postgres-down',
      description: 'It is down.',
      statistic: 'Minimum',
      period: 60,
      threshold: 1,
    },
    ...{ comparison: 'LessThanThreshold', evaluationPeriods: 3, datapointsToAlarm: 2 },
    treatMissingData: 'notBreaching',
    series: { namespace: 'Breakwater', name: 'Up', dimensions: { Dependency: 'postgres' } },
    actions: {
      ALARM: [arn('sns', 'x-page'), arn('lambda', 'function:other')],
      OK: [],
      INSUFFICIENT_DATA: [],
    },
  },
  state: 'ALARM',
  reason: 'Threshold Crossed',
  since: 0,
  history: [],
};

const at = Date.UTC(2026, 0, 1);

const transition = (to: AlarmState = 'ALARM'): Transition => ({
  ...{ alarm: 'x-postgres-down', from: 'OK', to, at, reason: 'Threshold Crossed' },
  actions: alarm.definition.actions[to],
});

const ran = (one: Transition) => ({ transition: one, actions: one.actions });

describe('an alarm that changes', () => {
  let fixture: Fixture | undefined;
  let stop = async (): Promise<void> => undefined;
  afterEach(async () => {
    await stop();
    fixture?.remove();
  });

  const publish = async (code: string | undefined, to?: AlarmState) => {
    fixture = createFixture({ a: template(code !== undefined) }, code === undefined ? {} : { code });
    const { assembly, resolve } = fixture;
    const environment = {
      ...{ AWS_ENDPOINT_URL: '', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      ...{ DATABASE_SSL_ROOT_CERT: '', NODE_EXTRA_CA_CERTS: '' },
    };
    const deliveries = createDeliveries();
    deliveries.setTime({ minute: 7, at });
    const lines: string[] = [];
    const publisher = createAlarmPublisher({
      ...{ assembly, resolve, environment, deliveries },
      onLines: (_name, printed) => lines.push(...printed),
    });
    stop = () => publisher.stop();
    await publisher.publish([ran(transition(to))], [alarm]);
    return { lines, notifications: deliveries.notifications };
  };

  test('calls the function of its topic as SNS does, with what CloudWatch writes', async () => {
    const { lines, notifications } = await publish(
      'export const handler = async ({ Records: [{ EventSource, Sns }] }) => console.log(JSON.stringify([EventSource, Sns]));',
    );
    expect(notifications).toEqual([]);
    const [source, sns] = JSON.parse(lines[0] ?? '');
    expect([source, sns.TopicArn, sns.Subject]).toEqual([
      'aws:sns',
      arn('sns', 'x-page'),
      'ALARM: "x-postgres-down" in US East (N. Virginia)',
    ]);
    expect(JSON.parse(sns.Message)).toMatchObject({
      AlarmName: 'x-postgres-down',
      AlarmArn: arn('cloudwatch', 'alarm:x-postgres-down'),
      AlarmDescription: 'It is down.',
      NewStateValue: 'ALARM',
      OldStateValue: 'OK',
      StateChangeTime: '2026-01-01T00:00:00.000+0000',
      Trigger: {
        MetricName: 'Up',
        Statistic: 'MINIMUM',
        Dimensions: [{ name: 'Dependency', value: 'postgres' }],
      },
    });
  });

  test('reaches people as it is when the function fails, after a second run', async () => {
    const { lines, notifications } = await publish(
      'export const handler = async () => { console.log("run"); throw new Error("broken"); };',
    );
    expect(lines).toEqual(['run', 'run']);
    expect(notifications).toHaveLength(1);
    expect(notifications[0]).toMatchObject({
      ...{ minute: 7, at, severity: 'page', raw: true, threadKey: undefined },
      topicArn: arn('sns', 'x-page-delivery'),
    });
    const { requestPayload, responsePayload, requestContext } = JSON.parse(notifications[0]?.text ?? '');
    expect([requestContext.condition, requestContext.approximateInvokeCount]).toEqual([
      'RetriesExhausted',
      2,
    ]);
    expect(responsePayload.errorMessage).toBe('broken');
    expect(JSON.parse(requestPayload.Records[0].Sns.Message).AlarmName).toBe('x-postgres-down');
  });

  test('reaches people as it is when the function cannot even be loaded', async () => {
    const { notifications } = await publish('export const nothing = 1;');
    expect(notifications.map(({ raw, text }) => [raw, text.includes('x-postgres-down')])).toEqual([
      [true, true],
    ]);
  });

  test('reaches people as it is where no function takes it', async () => {
    const { notifications } = await publish(undefined);
    expect(notifications).toMatchObject([
      { raw: true, topicArn: arn('sns', 'x-page'), subject: expect.stringMatching(/^ALARM: /) },
    ]);
  });

  test('tells nobody of a state that has no action', async () => {
    expect((await publish(undefined, 'OK')).notifications).toEqual([]);
  });
});
