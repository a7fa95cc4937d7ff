/** What messages go through, by the settings. */
import { redisTransport, type SqsCommands, sqsTransport, type Transport } from '../../core/messages/index.ts';
import { CircuitOpenError } from '../../core/resilience/index.ts';
import type { SettingsReading } from '../../core/settings/index.ts';
import { type Redis, RedisError } from '../redis/index.ts';
import type { MessageLimits } from './limits.ts';
import { openSqs } from './open-sqs.ts';
import type { SqsClient, SqsClientOptions } from './sqs-client.ts';

export interface ChosenTransport {
  transport: Transport;
  /** Most messages that a relay claims for it at once. */
  batch: number;
  /** Where the lists are, for a transport that has some. */
  lists?: { redis: Redis; queue: string };
  close(): void;
}

/** Why Redis cannot be used, by an error of its client; undefined for any other error. */
const redisDown = (error: unknown): string | undefined => {
  if (error instanceof CircuitOpenError) return error.cause;
  return error instanceof RedisError ? error.cause : undefined;
};

/** SQS whose SDK is loaded with the first call. */
const lateSqs = (options: SqsClientOptions): SqsCommands & { close(): void } => {
  let opening: Promise<SqsClient> | undefined;
  const commands = async (): Promise<SqsCommands> => {
    opening ??= openSqs(options);
    return (await opening).commands;
  };
  return {
    sendBatch: async (...given) => (await commands()).sendBatch(...given),
    receive: async (...given) => (await commands()).receive(...given),
    deleteBatch: async (...given) => (await commands()).deleteBatch(...given),
    changeVisibility: async (...given) => (await commands()).changeVisibility(...given),
    attributes: async (...given) => (await commands()).attributes(...given),
    close: () => void opening?.then((client) => client.close()),
  };
};

/** Undefined where messages only wait: there is no transport, or its settings are wrong. */
export const chooseTransport = (
  reading: SettingsReading,
  limits: MessageLimits,
  redis: Redis | undefined,
): ChosenTransport | undefined => {
  if (reading.problemsOf('messages').length > 0) return undefined;
  const type = reading.get('MESSAGE_QUEUE_TYPE');
  if (type === 'redis' && redis) {
    const queue = reading.get('MESSAGE_QUEUE_NAME');
    const transport = redisTransport(redis, queue, redisDown);
    return { transport, batch: limits.batch, lists: { redis, queue }, close: () => undefined };
  }
  const url = reading.get('MESSAGE_QUEUE_URL');
  if (type !== 'sqs' || !url) return undefined;
  const sqs = lateSqs({ queueUrl: url.href, timeoutMs: limits.sendMs });
  const transport = sqsTransport(sqs, url.href, undefined, { sendMs: limits.leaseMs / 2 });
  return { transport, batch: transport.most, close: sqs.close };
};
