/** Settings: Notifications. */
import type { SettingDefinition } from './definition.ts';

const readers = ['alarm-notifier'] as const;

export const notifierSettings = {
  NOTIFIER_PREFIX: {
    group: 'notifier',
    kind: 'text',
    readers,
    tuned: true,
    doc: 'What the names of the alarms and of the probes of this environment begin with, without the hyphen that follows it.',
  },
  NOTIFIER_TICKET_TOPIC_ARN: {
    group: 'notifier',
    kind: 'text',
    readers,
    tuned: true,
    doc: 'Topic that alarms publish to which can wait until the next working day. What comes from any other topic is a page.',
  },
  NOTIFIER_PAGE_DELIVERY_TOPIC_ARN: {
    group: 'notifier',
    kind: 'text',
    readers,
    tuned: true,
    doc: 'Topic that people subscribe to who are told at once.',
  },
  NOTIFIER_TICKET_DELIVERY_TOPIC_ARN: {
    group: 'notifier',
    kind: 'text',
    readers,
    tuned: true,
    doc: 'Topic that people subscribe to who look into what can wait.',
  },
  NOTIFIER_WEBHOOK_SECRET_ID: {
    group: 'notifier',
    kind: 'text',
    readers,
    doc: 'Name or ARN of the secret with the address of a chat webhook: the address alone, or JSON with the field url. No chat unless set.',
  },
  RUNBOOK_BASE_URL: {
    group: 'notifier',
    kind: 'url',
    readers,
    doc: 'Address under which people read this repository, such as https://github.com/OWNER/NAME/blob/main; runbooks are given by their path unless it is set.',
  },
  NOTIFIER_READ_TIMEOUT: {
    group: 'notifier',
    kind: 'seconds',
    default: 5,
    min: 0.1,
    max: 10,
    readers,
    tuned: true,
    doc: 'Deadline of all that is read about alarms, and again of all that is read of reports; what was not read is said in the message.',
    reason: 'Twice this, the webhook and the sending take less than the 90 s of the function.',
  },
  NOTIFIER_SEND_TIMEOUT: {
    group: 'notifier',
    kind: 'seconds',
    default: 5,
    min: 0.1,
    max: 10,
    readers,
    tuned: true,
    doc: 'Deadline of publishing one message, and of each of the two attempts at the webhook.',
  },
} as const satisfies Record<string, SettingDefinition>;
