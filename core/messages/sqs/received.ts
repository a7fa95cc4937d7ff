/** A message that came out of an SQS queue, in our terms. */
import { readEnvelope } from '../envelope.ts';
import type { Leased } from '../message.ts';
import type { SqsReceived } from './commands.ts';

/** A message that a consumer has. Its key is the group of SQS, and its token the receipt of this delivery. */
export interface SqsLeased extends Leased {
  /** As they came out of the queue. */
  body: string;
  attributes: Readonly<Record<string, string>>;
}

/** The envelope's own time, in UTC without a zone, or when SQS got it. */
const publishedAt = (timestamp: string, sentAt: Date): Date => {
  const at = new Date(`${timestamp}Z`);
  return Number.isNaN(at.getTime()) ? sentAt : at;
};

/** Undefined when its body is no message. */
export const leasedOf = (received: SqsReceived, leasedUntil: Date): SqsLeased | undefined => {
  const { body, attributes, groupId, receipt, receiveCount, sequence, sentAt } = received;
  const envelope = readEnvelope(body);
  if (!envelope) return undefined;
  const { trace_id } = attributes;
  return {
    place: sequence,
    id: envelope.message_id,
    type: envelope.message_type,
    key: groupId,
    payload: envelope.payload,
    headers: trace_id === undefined ? {} : { trace_id },
    publishedAt: publishedAt(envelope.timestamp, sentAt),
    attempts: receiveCount,
    // SQS counts deliveries and keeps no reasons.
    failures: [],
    token: receipt,
    leasedUntil,
    body,
    attributes,
  };
};
