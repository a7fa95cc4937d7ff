/** Taking messages from an SQS queue, for consumers that are written with our terms. */
import type { Leased, LeaseOutcome } from '../message.ts';
import { TransportDown } from '../transport.ts';
import { acknowledger, refusedAs, unanswered } from './acknowledge.ts';
import { checkFifo, mostEntries, type SqsCommands, type SqsReceived } from './commands.ts';
import { allowedAttributes, deduplicationIdOfReceipt } from './entry.ts';
import { isLostReceipt, sqsDetail, sqsDownCause } from './failure.ts';
import { leasedOf, type SqsLeased } from './received.ts';

/** Approximate, as SQS itself says. How old the oldest is, only CloudWatch knows: ApproximateAgeOfOldestMessage. */
export interface SqsDepth {
  waiting: number;
  /** With consumers, or waiting for the next delivery after a rejection. */
  held: number;
  /** Not delivered yet because of a delay of the queue. */
  delayed: number;
  /** Only where the queue of dead letters is known. */
  deadLetters?: number;
}

export interface SqsConsumerOptions {
  queueUrl: string;
  /** A FIFO queue as well. Without it what is given up goes where the redrive policy of the queue sends it. */
  deadLettersUrl?: string;
  downCause?: (error: unknown) => string | undefined;
  /** An entry that is no message was given up: it is with the dead letters, or on its way there. */
  onUnreadable?: (sqsId: string) => void;
  now?: () => Date;
}

export interface SqsReceiveOptions {
  /** At most 10 are taken. */
  limit?: number;
  /** How long nobody else gets them; to the second, at most 12 hours, extensions included. */
  leaseMs: number;
  /** How long to wait for the first; to the second, at most 20 s. */
  waitMs?: number;
  signal?: AbortSignal;
}

/**
 * Every one of these throws TransportDown when SQS cannot be used; then nothing is known of what was asked.
 *
 * Several messages of one key may come together, in their order. Whoever rejects one must reject those behind it too:
 * SQS keeps the order of what it delivers, and cannot know in which one it is done.
 */
export interface SqsConsumer {
  /** The oldest that nobody has. What has come when `signal` ends the wait comes again when its lease ends. */
  receive(options: SqsReceiveOptions): Promise<SqsLeased[]>;
  /** Keeps a message for longer, from now on. */
  extend(message: Held, leaseMs: number): Promise<LeaseOutcome>;
  acknowledge(messages: readonly Held[]): Promise<LeaseOutcome[]>;
  /** Another delivery after `delayMs`, until then none of its key. SQS keeps no reason: log it. */
  reject(message: Held, options: { delayMs: number }): Promise<LeaseOutcome>;
  /**
   * No further delivery. SQS has no call for that: a copy goes to the queue of dead letters, with the reason, and then
   * the message is deleted; whoever dies between the two leaves both. Without the address of that queue the message is
   * given back at once, and comes again until the redrive policy has had enough.
   */
  deadLetter(message: Delivered, reason: string): Promise<LeaseOutcome>;
  depth(): Promise<SqsDepth>;
}

type Held = Pick<Leased, 'token'>;
type Delivered = Held & Pick<SqsLeased, 'key' | 'body' | 'attributes'>;

const longestLeaseSeconds = 43_200;
const longestWaitSeconds = 20;
/** Up, so that a lease is never shorter than its holder believes. */
const leaseSeconds = (ms: number): number =>
  Math.min(Math.ceil(Math.max(ms, 0) / 1_000), longestLeaseSeconds);

/** Long enough to send a copy and to delete the message. */
const burialSeconds = 60;

export const sqsConsumer = (
  sqs: SqsCommands,
  {
    queueUrl,
    deadLettersUrl,
    downCause = sqsDownCause,
    onUnreadable = () => undefined,
    now = () => new Date(),
  }: SqsConsumerOptions,
): SqsConsumer => {
  checkFifo(queueUrl);
  if (deadLettersUrl !== undefined) checkFifo(deadLettersUrl);

  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const cause = downCause(error);
      throw cause === undefined ? error : new TransportDown(cause, sqsDetail(error));
    }
  };

  const setVisibility = async ({ token }: Held, seconds: number): Promise<LeaseOutcome> => {
    try {
      await sqs.changeVisibility(queueUrl, token, seconds);
      return 'done';
    } catch (error) {
      const { name, message } = error as Error;
      return isLostReceipt(name, message) ? 'lost' : guarded(Promise.reject(error));
    }
  };

  const acknowledge = acknowledger(sqs, queueUrl, guarded);

  const deadLetter = async (message: Delivered, reason: string): Promise<LeaseOutcome> => {
    if (deadLettersUrl === undefined) return setVisibility(message, 0);
    // A holder that has lost it learns so here: the next one may be doing well with it.
    if ((await setVisibility(message, burialSeconds)) === 'lost') return 'lost';
    const entry = {
      id: '0',
      body: message.body,
      groupId: message.key,
      deduplicationId: deduplicationIdOfReceipt(message.token),
      attributes: allowedAttributes({
        ...message.attributes,
        error: reason,
        failed_at: now().toISOString(),
      }),
    };
    const { successful, failed } = await guarded(sqs.sendBatch(deadLettersUrl, [entry]));
    if (!successful.includes('0')) throw refusedAs(failed[0] ?? unanswered('0'));
    const [outcome = 'lost'] = await acknowledge([message]);
    return outcome;
  };

  return {
    receive: async ({ limit = mostEntries, leaseMs, waitMs = 0, signal }) => {
      const visibilitySeconds = leaseSeconds(leaseMs);
      const waitSeconds = Math.min(Math.floor(waitMs / 1_000), longestWaitSeconds);
      const receiving = { limit: Math.min(Math.max(limit, 1), mostEntries), waitSeconds, visibilitySeconds };
      let received: SqsReceived[];
      try {
        received = await guarded(sqs.receive(queueUrl, { ...receiving, ...(signal ? { signal } : {}) }));
      } catch (error) {
        if (signal?.aborted) return [];
        throw error;
      }
      const until = new Date(now().getTime() + visibilitySeconds * 1_000);
      const messages: SqsLeased[] = [];
      for (const one of received) {
        const message = leasedOf(one, until);
        if (message) {
          messages.push(message);
          continue;
        }
        // What cannot be moved now comes again when its lease ends.
        await deadLetter(
          { token: one.receipt, key: one.groupId, body: one.body, attributes: one.attributes },
          'its body is no message',
        ).catch(() => undefined);
        onUnreadable(one.sqsId);
      }
      return messages;
    },
    extend: (message, leaseMs) => setVisibility(message, leaseSeconds(leaseMs)),
    acknowledge,
    reject: (message, { delayMs }) => setVisibility(message, leaseSeconds(delayMs)),
    deadLetter,
    depth: async () => {
      const numbersOf = async (url: string) => {
        const attributes = await guarded(sqs.attributes(url));
        return (name: string): number => Number(attributes[`ApproximateNumberOfMessages${name}`] ?? 0);
      };
      const number = await numbersOf(queueUrl);
      const dead = deadLettersUrl === undefined ? undefined : await numbersOf(deadLettersUrl);
      return {
        waiting: number(''),
        held: number('NotVisible'),
        delayed: number('Delayed'),
        ...(dead ? { deadLetters: dead('') } : {}),
      };
    },
  };
};
