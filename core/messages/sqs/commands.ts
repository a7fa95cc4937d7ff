/** What is needed of SQS. An adapter makes these calls; each has a deadline, and throws what the SDK throws. */

/** A message as it goes into a queue. */
export interface SqsEntry {
  /** Its name in the answer to this call: letters, digits, hyphens. */
  id: string;
  body: string;
  groupId: string;
  deduplicationId: string;
  attributes: Readonly<Record<string, string>>;
}

/** An entry of a call that was refused, although the call itself was answered with success. */
export interface SqsRefusal {
  id: string;
  code: string;
  message: string;
  /** The entry is at fault, not SQS. */
  senderFault: boolean;
}

export interface SqsBatchAnswer {
  /** Ids of the entries that were done. */
  successful: readonly string[];
  failed: readonly SqsRefusal[];
}

/** A message as it comes out of a queue. */
export interface SqsReceived {
  /** The name that SQS gave it; not the id of our message. */
  sqsId: string;
  /** Proof of this delivery; the next one has another. */
  receipt: string;
  body: string;
  groupId: string;
  sequence: string;
  /** This delivery included. */
  receiveCount: number;
  sentAt: Date;
  attributes: Readonly<Record<string, string>>;
}

export interface SqsReceiving {
  /** 1 to 10. */
  limit: number;
  /** How long an empty queue is watched for a message, seconds; 0 to 20. */
  waitSeconds: number;
  /** How long nobody else gets what comes, seconds; 0 to 43,200. */
  visibilitySeconds: number;
  /** Ends the wait. */
  signal?: AbortSignal;
}

export interface SqsCommands {
  /** At most 10 entries. */
  sendBatch(queueUrl: string, entries: readonly SqsEntry[]): Promise<SqsBatchAnswer>;
  receive(queueUrl: string, receiving: SqsReceiving): Promise<SqsReceived[]>;
  /** At most 10 entries. */
  deleteBatch(queueUrl: string, entries: readonly { id: string; receipt: string }[]): Promise<SqsBatchAnswer>;
  /** From now on; 0 gives it back at once. */
  changeVisibility(queueUrl: string, receipt: string, seconds: number): Promise<void>;
  /** The approximate numbers of messages, by the names that SQS has for them. */
  attributes(queueUrl: string): Promise<Readonly<Record<string, string>>>;
}

/** Most entries of one call. */
export const mostEntries = 10;

/**
 * Order per key and the dropping of repetitions are what FIFO queues have; another kind would refuse every message.
 * @throws RangeError
 */
export const checkFifo = (queueUrl: string): void => {
  if (!queueUrl.endsWith('.fifo'))
    throw new RangeError(`"${queueUrl}" is no FIFO queue: write the address of one; it ends in .fifo`);
};
