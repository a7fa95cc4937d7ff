import type { PublishedMessage } from '../aws/index.ts';

/** What arrived at the topics that people subscribe to. */
export interface Notification {
  /** The alarm minute, 1 for the first. */
  minute: number;
  /** Milliseconds since the epoch, as the alarms count them. */
  at: number;
  severity: 'page' | 'ticket';
  topicArn: string;
  subject: string | undefined;
  text: string;
  /** The same for every message of an incident. */
  threadKey: string | undefined;
  /** An alarm as CloudWatch wrote it, that nothing has explained. */
  raw: boolean;
}

export interface Deliveries {
  readonly notifications: readonly Notification[];
  /** Which alarm minute it is from now on. */
  setTime(time: { minute: number; at: number }): void;
  receive(published: PublishedMessage): void;
}

/** By the end of the topic's name. */
const severityOf = (topicArn: string): Notification['severity'] =>
  /-ticket(-delivery)?$/.test(topicArn) ? 'ticket' : 'page';

export const createDeliveries = (): Deliveries => {
  const notifications: Notification[] = [];
  let now = { minute: 1, at: 0 };
  return {
    notifications,
    setTime: (time) => {
      now = time;
    },
    receive: ({ topicArn, subject, message, attributes }) => {
      const { thread_key: threadKey } = attributes;
      notifications.push({
        ...now,
        ...{ severity: severityOf(topicArn), topicArn, subject, text: message },
        ...{ threadKey, raw: threadKey === undefined },
      });
    },
  };
};
