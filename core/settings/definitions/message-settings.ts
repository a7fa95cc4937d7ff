/** Settings: Messages. */
import type { SettingDefinition } from './definition.ts';
import { service } from './readers.ts';

export const messageSettings = {
  MESSAGE_QUEUE_TYPE: {
    group: 'messages',
    kind: 'choice',
    choices: ['redis', 'sqs', 'none'],
    default: 'none',
    readers: service,
    tuned: true,
    doc: 'Transport that carries events to their consumers.',
  },
  MESSAGE_QUEUE_NAME: {
    group: 'messages',
    kind: 'text',
    default: 'model_ready_queue',
    readers: service,
    tuned: true,
    doc: 'Name of the Redis list.',
  },
  MESSAGE_QUEUE_URL: {
    group: 'messages',
    kind: 'url',
    readers: service,
    doc: 'Address of the SQS queue, a FIFO one, when MESSAGE_QUEUE_TYPE is sqs.',
  },
  MESSAGE_SEND_TIMEOUT: {
    group: 'messages',
    kind: 'seconds',
    default: 5,
    min: 0.1,
    max: 10,
    readers: service,
    doc: 'Deadline of one call to SQS, its repetition included.',
    reason:
      'One sending ends at most this long after 15 s, and within the lease of its messages, so that no other task begins to send them too.',
  },
} as const satisfies Record<string, SettingDefinition>;
