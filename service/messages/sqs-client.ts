/** The SDK's client of SQS as the queue needs it. Loaded only where messages go through SQS. */
import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SqsBatchAnswer, SqsCommands, SqsReceived } from '../../core/messages/index.ts';
import { withDeadline } from './deadline.ts';

export interface SqsClientOptions {
  queueUrl: string;
  /** For one call, a repetition included; milliseconds. */
  timeoutMs: number;
}

export interface SqsClient {
  commands: SqsCommands;
  /** Closes its connections. */
  close(): void;
}

/** A host of AWS names its region, and a signature for another one is refused. */
const regionOf = (host: string): string | undefined => /(?:^|\.)sqs\.([a-z0-9-]+)\./.exec(host)?.[1];

const silence = () => undefined;
/** What the SDK would print is in the errors that it throws. */
const silent = { trace: silence, debug: silence, info: silence, warn: silence, error: silence };

/** Part of the deadline after which a connection has failed, so that there is time for another attempt. */
const connectShare = 0.4;

/** Once more within the deadline: a kept connection may have been dropped while nothing was sent. */
const attempts = 2;

const newClient = ({ queueUrl, timeoutMs }: SqsClientOptions): SQSClient => {
  const { origin, host } = new URL(queueUrl);
  const region = regionOf(host);
  return new SQSClient({
    endpoint: origin,
    maxAttempts: attempts,
    logger: silent,
    requestHandler: { connectionTimeout: Math.round(timeoutMs * connectShare), logger: silent },
    ...(region === undefined ? {} : { region }),
  });
};

const answerOf = ({
  Successful = [],
  Failed = [],
}: {
  Successful?: { Id: string | undefined }[] | undefined;
  Failed?: BatchResultErrorEntry[] | undefined;
}): SqsBatchAnswer => ({
  successful: Successful.flatMap(({ Id }) => Id ?? []),
  failed: Failed.map(({ Id = '', Code = '', Message = '', SenderFault = false }) => ({
    id: Id,
    code: Code,
    message: Message,
    senderFault: SenderFault,
  })),
});

const texts = (attributes: Record<string, MessageAttributeValue> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { StringValue }]) =>
      StringValue === undefined ? [] : [[name, StringValue]],
    ),
  );

const receivedOf = (message: Message): SqsReceived => {
  const { MessageId = '', ReceiptHandle = '', Body = '', Attributes = {}, MessageAttributes } = message;
  return {
    sqsId: MessageId,
    receipt: ReceiptHandle,
    body: Body,
    groupId: Attributes.MessageGroupId ?? '',
    sequence: Attributes.SequenceNumber ?? '',
    receiveCount: Number(Attributes.ApproximateReceiveCount ?? 1),
    sentAt: new Date(Number(Attributes.SentTimestamp ?? Date.now())),
    attributes: texts(MessageAttributes),
  };
};

export const sqsClient = (options: SqsClientOptions): SqsClient => {
  const client = newClient(options);
  const { timeoutMs } = options;
  const commands: SqsCommands = {
    sendBatch: (QueueUrl, entries) =>
      withDeadline(timeoutMs, async (abortSignal) => {
        const Entries = entries.map(({ id, body, groupId, deduplicationId, attributes }) => ({
          Id: id,
          MessageBody: body,
          MessageGroupId: groupId,
          MessageDeduplicationId: deduplicationId,
          MessageAttributes: Object.fromEntries(
            Object.entries(attributes).map(([name, StringValue]) => [
              name,
              { DataType: 'String', StringValue },
            ]),
          ),
        }));
        return answerOf(
          await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }), { abortSignal }),
        );
      }),
    receive: (QueueUrl, { limit, waitSeconds, visibilitySeconds, signal }) =>
      withDeadline(
        waitSeconds * 1_000 + timeoutMs,
        async (abortSignal) => {
          const command = new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: limit,
            WaitTimeSeconds: waitSeconds,
            VisibilityTimeout: visibilitySeconds,
            MessageSystemAttributeNames: [
              'ApproximateReceiveCount',
              'MessageGroupId',
              'SentTimestamp',
              'SequenceNumber',
            ],
            MessageAttributeNames: ['All'],
          });
          const { Messages = [] } = await client.send(command, { abortSignal });
          return Messages.map(receivedOf);
        },
        signal,
      ),
    deleteBatch: (QueueUrl, entries) =>
      withDeadline(timeoutMs, async (abortSignal) => {
        const Entries = entries.map(({ id, receipt }) => ({ Id: id, ReceiptHandle: receipt }));
        return answerOf(
          await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }), { abortSignal }),
        );
      }),
    changeVisibility: (QueueUrl, ReceiptHandle, VisibilityTimeout) =>
      withDeadline(timeoutMs, async (abortSignal) => {
        const command = new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout });
        await client.send(command, { abortSignal });
      }),
    attributes: (QueueUrl) =>
      withDeadline(timeoutMs, async (abortSignal) => {
        const command = new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: [
            'ApproximateNumberOfMessages',
            'ApproximateNumberOfMessagesNotVisible',
            'ApproximateNumberOfMessagesDelayed',
          ],
        });
        return (await client.send(command, { abortSignal })).Attributes ?? {};
      }),
  };
  return { commands, close: () => client.destroy() };
};
