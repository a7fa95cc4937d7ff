import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSubscribed } from '../../lambdas/alarm-notifier/publish.ts';
import {
  type AwsEndpoint,
  createLogStore,
  logsOperations,
  type PublishedMessage,
  snsOperations,
  startAwsEndpoint,
} from '../../twin/aws/index.ts';
import { subscriptionCounts } from '../../twin/notifications/index.ts';
import { arn } from '../../twin/template/index.ts';
import { createFixture, type Fixture } from './template-fixture.ts';

describe('the local AWS endpoint answers what the notifier asks with the real SDK', () => {
  let fixture: Fixture;
  let endpoint: AwsEndpoint;
  const published: PublishedMessage[] = [];
  const store = createLogStore();
  const group = '/aws/lambda/x-connectivity-probe';
  let clients: { sns: SNSClient; logs: CloudWatchLogsClient };

  beforeAll(async () => {
    fixture = createFixture({
      a: {
        Resources: {
          Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'x-page-delivery' } },
          Lonely: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'x-ticket-delivery' } },
          Reader: {
            Type: 'AWS::SNS::Subscription',
            Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'email', Endpoint: 'a@example.com' },
          },
          Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: group } },
        },
      },
    });
    const { assembly, resolve } = fixture;
    endpoint = await startAwsEndpoint({
      ...{ secretsManager: {}, rds: {}, ecs: {} },
      sns: snsOperations(subscriptionCounts(assembly, resolve), (one) => published.push(one)),
      logs: logsOperations(assembly, resolve, store),
    });
    const client = {
      ...{ region: 'us-east-1', endpoint: endpoint.url, maxAttempts: 1 },
      credentials: { accessKeyId: 'twin', secretAccessKey: 'twin' },
    };
    clients = { sns: new SNSClient(client), logs: new CloudWatchLogsClient(client) };
  });
  afterAll(async () => {
    await endpoint?.close();
    fixture?.remove();
  });

  const TopicArn = arn('sns', 'x-page-delivery');
  const publish = (input: object) =>
    clients.sns.send(new PublishCommand({ TopicArn, Message: 'text', ...input }));

  test('takes a message to a topic, with its subject and attributes', async () => {
    const MessageAttributes = { thread_key: { DataType: 'String', StringValue: 'a/b & <c>' } };
    const { MessageId } = await publish({ Subject: 'A subject', Message: 'ü\n<text>', MessageAttributes });
    expect(MessageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(published).toEqual([
      {
        topicArn: TopicArn,
        subject: 'A subject',
        message: 'ü\n<text>',
        attributes: { thread_key: 'a/b & <c>' },
      },
    ]);
  });

  test.each([
    ['a topic that is not in the template', { TopicArn: arn('sns', 'other') }, 'NotFound'],
    ['a subject that is too long', { Subject: 'x'.repeat(101) }, 'InvalidParameter'],
    ['a subject with a line break', { Subject: 'a\nb' }, 'InvalidParameter'],
    ['a subject that is not ASCII', { Subject: 'ü' }, 'InvalidParameter'],
    ['no message', { Message: '' }, 'InvalidParameter'],
    ['a message that is too long', { Message: 'x'.repeat(262_145) }, 'InvalidParameter'],
  ])('refuses %s, as SNS does', async (_name, input, code) => {
    const error = await publish(input).catch((thrown) => thrown);
    expect(`${error.name} ${error.Code ?? ''}`).toContain(code);
  });

  test('says whether anybody subscribes to a topic', async () => {
    const topics = { page: TopicArn, ticket: arn('sns', 'x-ticket-delivery') };
    const subscribed = createSubscribed(clients.sns, topics, 5_000);
    expect([await subscribed('page'), await subscribed('ticket')]).toEqual([true, false]);
    const unknown = createSubscribed(clients.sns, { page: arn('sns', 'other'), ticket: undefined }, 5_000);
    await expect(unknown('page')).rejects.toThrow('Topic does not exist');
  });

  test('gives the lines of a function in a range of time, filtered, in pages', async () => {
    for (const [minute, probe] of ['connectivity', 'capacity', 'connectivity', 'connectivity'].entries())
      store.add(group, minute * 1_000, ['START', JSON.stringify({ probe, minute })]);
    const filter = (input: object) =>
      clients.logs.send(
        new FilterLogEventsCommand({
          logGroupName: group,
          filterPattern: '{ $.probe = "connectivity" }',
          ...input,
        }),
      );
    const { events = [], nextToken } = await filter({ startTime: 1_000, endTime: 3_000, limit: 1 });
    expect(events.map(({ timestamp, message }) => [timestamp, message])).toEqual([
      [2_000, '{"probe":"connectivity","minute":2}'],
    ]);
    expect((await filter({ startTime: 1_000, nextToken })).events).toHaveLength(1);
    expect((await filter({ filterPattern: undefined })).events).toHaveLength(8);
    await expect(filter({ logGroupName: '/aws/lambda/other' })).rejects.toThrow('does not exist');
    await expect(filter({ filterPattern: '?ERROR' })).rejects.toThrow('knows no filter');
  });

  test('names a call that it does not know', async () => {
    await expect(
      clients.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'a@example.com' })),
    ).rejects.toThrow('does not answer sns.Subscribe');
    expect(endpoint.unknown).toContain('sns.Subscribe');
  });
});
