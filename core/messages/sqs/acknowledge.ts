/** Deleting what is done, ten at a time. */
import type { Leased, LeaseOutcome } from '../message.ts';
import { TransportDown } from '../transport.ts';
import { mostEntries, type SqsCommands, type SqsRefusal } from './commands.ts';
import { causeOfCode, isLostReceipt, sqsDetail } from './failure.ts';

type Held = Pick<Leased, 'token'>;

/** A call that was answered, and did not do what it should. */
export const refusedAs = ({ code, message, senderFault }: SqsRefusal): TransportDown =>
  new TransportDown(
    causeOfCode(code) ?? (senderFault ? 'REQUEST_REJECTED' : 'UPSTREAM_ERROR'),
    sqsDetail({ name: code, message }),
  );

export const unanswered = (id: string): SqsRefusal => ({
  id,
  code: 'InternalError',
  message: 'SQS answered, and said nothing of this message',
  senderFault: false,
});

const parts = <Item>(items: readonly Item[], most: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / most) }, (_, index) =>
    items.slice(index * most, (index + 1) * most),
  );

export const acknowledger = (
  sqs: SqsCommands,
  queueUrl: string,
  /** Throws TransportDown in place of what says that SQS cannot be used. */
  guarded: <T>(work: Promise<T>) => Promise<T>,
) => {
  /** What became of each of at most ten; a refusal where SQS failed for a reason of its own. */
  const deletePart = async (part: readonly Held[]): Promise<Map<Held, LeaseOutcome | SqsRefusal>> => {
    const entries = part.map(({ token }, index) => ({ id: String(index), receipt: token }));
    const { successful, failed } = await guarded(sqs.deleteBatch(queueUrl, entries));
    return new Map(
      part.map((message, index): [Held, LeaseOutcome | SqsRefusal] => {
        const id = String(index);
        if (successful.includes(id)) return [message, 'done'];
        const refusal = failed.find((one) => one.id === id) ?? unanswered(id);
        return [message, isLostReceipt(refusal.code, refusal.message) ? 'lost' : refusal];
      }),
    );
  };

  return async (messages: readonly Held[]): Promise<LeaseOutcome[]> => {
    const outcomes = new Map<Held, LeaseOutcome>();
    // A second time for what SQS could not do: to leave it would be to do its work twice.
    for (let round = 0; round < 2 && outcomes.size < messages.length; round += 1) {
      const left = messages.filter((message) => !outcomes.has(message));
      for (const part of parts(left, mostEntries)) {
        for (const [message, outcome] of await deletePart(part)) {
          if (typeof outcome === 'string') outcomes.set(message, outcome);
          else if (round > 0) throw refusedAs(outcome);
        }
      }
    }
    return messages.map((message) => outcomes.get(message) ?? 'lost');
  };
};
