/** Settings: Messages. */
import type { SettingDefinition } from './definition.ts';
import { messages, operations, service } from './readers.ts';

export const messageSettings = {
  MESSAGE_QUEUE_TYPE: {
    group: 'messages',
    kind: 'choice',
    choices: ['redis', 'sqs', 'none'],
    default: 'none',
    readers: messages,
    tuned: true,
    doc: 'Transport that carries events to their consumers.',
  },
  MESSAGE_QUEUE_NAME: {
    group: 'messages',
    kind: 'text',
    default: 'model_ready_queue',
    readers: messages,
    tuned: true,
    doc: 'Name of the Redis list.',
  },
  MESSAGE_QUEUE_URL: {
    group: 'messages',
    kind: 'url',
    readers: service,
    doc: 'Address of the SQS queue, when MESSAGE_QUEUE_TYPE is sqs.',
  },
  MESSAGE_OPERATIONS_STATEMENT_TIMEOUT: {
    group: 'messages',
    kind: 'seconds',
    default: 20,
    min: 1,
    max: 60,
    readers: operations,
    doc: 'Longest run of one statement of depth, peek, redrive and purge; the server cancels it.',
    reason: 'Counting what is kept of a busy week takes seconds.',
  },
} as const satisfies Record<string, SettingDefinition>;
