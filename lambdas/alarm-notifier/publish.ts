/** Publishes to the topics that people subscribe to. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Severity } from './alarms.ts';
import type { Mail } from './mail.ts';

export type Publish = (severity: Severity, mail: Mail, threadKey?: string) => Promise<void>;

/** Bytes of a message (Amazon SNS: 256 KiB, attributes included). */
const longestMessage = 250_000;

const attribute = (value: string) => ({ DataType: 'String', StringValue: value });

export const createPublish =
  (
    client: Pick<SNSClient, 'send'>,
    topics: Readonly<Record<Severity, string | undefined>>,
    timeoutMs: number,
  ): Publish =>
  async (severity, { subject, text }, threadKey) => {
    // A topic that is not set must not keep a message back.
    const TopicArn = topics[severity] ?? topics.page ?? topics.ticket;
    await client.send(
      new PublishCommand({
        TopicArn,
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
