/** The topics that people subscribe to. */
import { GetTopicAttributesCommand, PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Severity } from './alarms.ts';
import type { Mail } from './mail.ts';

export type Publish = (severity: Severity, mail: Mail, threadKey?: string) => Promise<void>;

/** Whether anybody has confirmed a subscription of the list: without one a message to it reaches nobody. */
export type Subscribed = (severity: Severity) => Promise<boolean>;

export type Topics = Readonly<Record<Severity, string | undefined>>;

/** A topic that is not set must not keep a message back. */
const topicOf = (topics: Topics, severity: Severity): string | undefined =>
  topics[severity] ?? topics.page ?? topics.ticket;

/** @throws what SNS throws, or at the deadline */
export const createSubscribed =
  (client: Pick<SNSClient, 'send'>, topics: Topics, timeoutMs: number): Subscribed =>
  async (severity) => {
    const { Attributes = {} } = await client.send(
      new GetTopicAttributesCommand({ TopicArn: topicOf(topics, severity) }),
      { abortSignal: AbortSignal.timeout(timeoutMs) },
    );
    return Number(Attributes.SubscriptionsConfirmed) > 0;
  };

/** Bytes of a message (Amazon SNS: 256 KiB, attributes included). */
const longestMessage = 250_000;

const attribute = (value: string) => ({ DataType: 'String', StringValue: value });

export const createPublish =
  (client: Pick<SNSClient, 'send'>, topics: Topics, timeoutMs: number): Publish =>
  async (severity, { subject, text }, threadKey) => {
    await client.send(
      new PublishCommand({
        TopicArn: topicOf(topics, severity),
        Subject: subject,
        Message: Buffer.byteLength(text) > longestMessage ? text.slice(0, longestMessage / 4) : text,
        MessageAttributes: {
          severity: attribute(severity),
          ...(threadKey !== undefined && { thread_key: attribute(threadKey) }),
        },
      }),
      { abortSignal: AbortSignal.timeout(timeoutMs) },
    );
  };
