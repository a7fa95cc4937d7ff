import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type SqsConsumer,
  type SqsConsumerOptions,
  sqsConsumer,
} from '../../../core/messages/sqs/consume.ts';
import { openSqs } from '../../../service/messages/open-sqs.ts';
import type { SqsClient } from '../../../service/messages/sqs-client.ts';
import { setAwsEnvironment } from '../../fixtures/aws-environment.ts';
import { answer, md5, refuse, type SqsServer, startSqsServer, takeAll } from './sqs-server.ts';

setAwsEnvironment();

let server: SqsServer;
let client: SqsClient;
const deadLettersUrl = () => server.queueUrl.replace('events', 'events-dead-letters');
const consumerOf = (options: Partial<SqsConsumerOptions> = {}): SqsConsumer =>
  sqsConsumer(client.commands, { queueUrl: server.queueUrl, ...options });

beforeEach(async () => {
  server = await startSqsServer();
  client = await openSqs({ queueUrl: server.queueUrl, timeoutMs: 2_000 });
});
afterEach(async () => {
  client.close();
  await server.close();
});

const envelope = {
  message_id: '3f1c2a60-0000-4000-8000-000000000001',
  message_type: 'model_ready_to_deploy',
  payload: { model_name: 'model' },
  timestamp: '2026-01-02T03:04:05.678',
  retry_count: 0,
  max_retries: 3,
};

/** As SQS delivers it. */
const delivered = (body: string, receipt = 'receipt-1') => ({
  MessageId: 'sqs-1',
  ReceiptHandle: receipt,
  Body: body,
  MD5OfBody: md5(body),
  Attributes: {
    MessageGroupId: 'model',
    SequenceNumber: '18849496460467696128',
    ApproximateReceiveCount: '2',
    SentTimestamp: '1767323045678',
  },
  MessageAttributes: { trace_id: { DataType: 'String', StringValue: 'ab12' } },
});

const held = (count: number) => Array.from({ length: count }, (_, index) => ({ token: `receipt-${index}` }));
const actions = () => server.requests.map(({ action }) => action);

describe('a consumer of SQS', () => {
  it('gets messages in our terms', async () => {
    server.script = (_, response) => answer(response, { Messages: [delivered(JSON.stringify(envelope))] });
    const before = Date.now();
    const [message] = await consumerOf().receive({ leaseMs: 1_500, waitMs: 3_900, limit: 25 });
    expect(server.requests[0]?.input).toMatchObject({
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 3,
      VisibilityTimeout: 2,
    });
    expect(message).toMatchObject({
      place: '18849496460467696128',
      id: envelope.message_id,
      type: 'model_ready_to_deploy',
      key: 'model',
      payload: { model_name: 'model' },
      headers: { trace_id: 'ab12' },
      publishedAt: new Date('2026-01-02T03:04:05.678Z'),
      attempts: 2,
      token: 'receipt-1',
    });
    expect(message?.leasedUntil.getTime()).toBeGreaterThanOrEqual(before + 2_000);
  });

  it('gets nothing from an empty queue, and nothing when its wait is ended', async () => {
    server.script = (_, response) => answer(response, {});
    expect(await consumerOf().receive({ leaseMs: 1_000 })).toEqual([]);
    const controller = new AbortController();
    server.script = () => controller.abort();
    const waiting = consumerOf().receive({ leaseMs: 1_000, waitMs: 20_000, signal: controller.signal });
    expect(await waiting).toEqual([]);
  });

  it('acknowledges any number, and learns for each whether it still had it', async () => {
    server.script = ({ input }, response) => {
      const lost = ['receipt-3', 'receipt-11'];
      // biome-ignore lint/suspicious/noExplicitAny: entries of SQS
      const isLost = (entry: any) => lost.includes(entry.ReceiptHandle);
      answer(response, {
        Successful: input.Entries.filter((entry: object) => !isLost(entry)),
        Failed: input.Entries.filter(isLost).map(({ Id }: { Id: string }) => ({
          Id,
          SenderFault: true,
          Code: Id === '1' ? 'InvalidParameterValue' : 'ReceiptHandleIsInvalid',
          Message: 'Value r for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.',
        })),
      });
    };
    const outcomes = await consumerOf().acknowledge(held(12));
    expect(outcomes.flatMap((outcome, index) => (outcome === 'lost' ? [index] : []))).toEqual([3, 11]);
    expect(server.requests.map(({ input }) => input.Entries.length)).toEqual([10, 2]);
  });

  it('acknowledges once more what SQS could not do, and says so when it cannot do it then', async () => {
    const fail = (code: string, times: number) => {
      let left = times;
      server.script = ({ input }, response) => {
        left -= 1;
        const [first, ...others] = input.Entries;
        answer(response, {
          Successful: left >= 0 ? others : input.Entries,
          Failed: left >= 0 ? [{ Id: first.Id, SenderFault: false, Code: code, Message: 'later' }] : [],
        });
      };
    };
    fail('InternalError', 1);
    expect(await consumerOf().acknowledge(held(3))).toEqual(['done', 'done', 'done']);
    expect(server.requests.map(({ input }) => input.Entries.length)).toEqual([3, 1]);
    fail('InternalError', 2);
    await expect(consumerOf().acknowledge(held(3))).rejects.toMatchObject({
      name: 'TransportDown',
      cause: 'UPSTREAM_ERROR',
      message: 'InternalError: later',
    });
    fail('RequestThrottled', 2);
    await expect(consumerOf().acknowledge(held(1))).rejects.toMatchObject({ cause: 'RATE_LIMITED' });
  });

  it.each([
    ['ReceiptHandleIsInvalid', 'The input receipt handle is invalid.'],
    ['AWS.SimpleQueueService.MessageNotInflight', 'It is not in flight.'],
    ['InvalidParameterValue', 'Value r for parameter ReceiptHandle is invalid. Reason: expired.'],
    ['InvalidParameterValue', 'Message does not exist or is not available for visibility timeout change.'],
  ])(
    'learns that it has lost a message that it extends, rejects or gives up: %s, %s',
    async (code, words) => {
      server.script = (_, response) => refuse(response, 400, code, words);
      const [message] = held(1).map((one) => ({ ...one, key: 'model', body: '{}', attributes: {} }));
      if (!message) throw new Error('no message');
      const consumer = consumerOf({ deadLettersUrl: deadLettersUrl() });
      expect(await consumer.extend(message, 1_000)).toBe('lost');
      expect(await consumer.reject(message, { delayMs: 1_000 })).toBe('lost');
      expect(await consumer.deadLetter(message, 'it is broken')).toBe('lost');
      expect(new Set(actions())).toEqual(new Set(['ChangeMessageVisibility']));
    },
  );

  it('takes too long an extension for what it is', async () => {
    const words =
      'Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]';
    server.script = (_, response) => refuse(response, 400, 'InvalidParameterValue', words);
    await expect(consumerOf().extend({ token: 'receipt' }, 43_200_000)).rejects.toThrow('beyond the limit');
  });

  it('deletes what it gave up only when the queue of dead letters has it', async () => {
    const message = { token: 'receipt', key: 'model', body: '{"a":1}', attributes: { trace_id: 'ab12' } };
    const consumer = consumerOf({
      deadLettersUrl: deadLettersUrl(),
      now: () => new Date('2026-01-02T03:04:05Z'),
    });
    server.script = (request, response) =>
      request.action === 'SendMessageBatch'
        ? answer(response, {
            Failed: [{ Id: '0', SenderFault: false, Code: 'InternalError', Message: 'later' }],
          })
        : answer(response, { Successful: request.input.Entries ?? [] });
    await expect(consumer.deadLetter(message, 'it is broken')).rejects.toMatchObject({
      cause: 'UPSTREAM_ERROR',
    });
    expect(actions()).toEqual(['ChangeMessageVisibility', 'SendMessageBatch']);
    server.script = (request, response) =>
      request.action === 'SendMessageBatch'
        ? takeAll(request, response)
        : answer(response, { Successful: request.input.Entries ?? [] });
    expect(await consumer.deadLetter(message, 'it is broken')).toBe('done');
    const sent = server.requests.filter(({ action }) => action === 'SendMessageBatch').at(-1)?.input;
    expect(sent.QueueUrl).toBe(deadLettersUrl());
    expect(sent.Entries).toEqual([
      {
        Id: '0',
        MessageBody: '{"a":1}',
        MessageGroupId: 'model',
        MessageDeduplicationId: expect.stringMatching(/^[\da-f]{64}$/),
        MessageAttributes: {
          trace_id: { DataType: 'String', StringValue: 'ab12' },
          error: { DataType: 'String', StringValue: 'it is broken' },
          failed_at: { DataType: 'String', StringValue: '2026-01-02T03:04:05.000Z' },
        },
      },
    ]);
    expect(actions().at(-1)).toBe('DeleteMessageBatch');
  });

  it('moves what is no message aside and goes on with the rest', async () => {
    server.script = (request, response) => {
      if (request.action === 'SendMessageBatch') return takeAll(request, response);
      if (request.action !== 'ReceiveMessage')
        return answer(response, { Successful: request.input.Entries ?? [] });
      const bodies = ['not JSON', '{"message_id":1}', JSON.stringify(envelope)];
      return answer(response, { Messages: bodies.map((body, index) => delivered(body, `receipt-${index}`)) });
    };
    const unreadable: string[] = [];
    const consumer = consumerOf({
      deadLettersUrl: deadLettersUrl(),
      onUnreadable: (sqsId) => void unreadable.push(sqsId),
    });
    expect((await consumer.receive({ leaseMs: 1_000 })).map(({ id }) => id)).toEqual([envelope.message_id]);
    expect(unreadable).toHaveLength(2);
    const bodies = server.requests
      .filter(({ action }) => action === 'SendMessageBatch')
      .map(({ input }) => input.Entries[0].MessageBody);
    expect(bodies).toEqual(['not JSON', '{"message_id":1}']);
  });

  it('leaves what it gives up to the redrive policy where it knows no queue of dead letters', async () => {
    server.script = (_, response) => answer(response, {});
    const message = { token: 'receipt', key: 'model', body: '{}', attributes: {} };
    expect(await consumerOf().deadLetter(message, 'it is broken')).toBe('done');
    expect(server.requests.map(({ input }) => input.VisibilityTimeout)).toEqual([0]);
  });

  it('knows how many wait, how many are held, and how many are dead', async () => {
    server.script = ({ input }, response) =>
      answer(response, {
        Attributes: {
          ApproximateNumberOfMessages: input.QueueUrl === server.queueUrl ? '7' : '2',
          ApproximateNumberOfMessagesNotVisible: '3',
          ApproximateNumberOfMessagesDelayed: '1',
        },
      });
    const known = { waiting: 7, held: 3, delayed: 1 };
    expect(await consumerOf().depth()).toEqual(known);
    expect(await consumerOf({ deadLettersUrl: deadLettersUrl() }).depth()).toEqual({
      ...known,
      deadLetters: 2,
    });
  });
});
