/** Sending to an SQS queue. */
import type { Leased } from '../message.ts';
import { type SendResult, type Transport, TransportDown } from '../transport.ts';
import { checkFifo, type SqsBatchAnswer, type SqsCommands } from './commands.ts';
import { bytesOf, entryOf, longestMessage } from './entry.ts';
import { causeOfCode, sqsDetail, sqsDownCause } from './failure.ts';
import { nextCall, type Outgoing } from './turn.ts';

export interface SqsTransportOptions {
  /** Milliseconds after which no further call is begun; what is left waits. Less than a lease of the relay. */
  sendMs?: number;
  now?: () => number;
}

/** Messages of one sending: ten calls where every message has another key, a hundred where all have one. */
const most = 100;
const defaultSendMs = 15_000;

interface Waiting extends Outgoing {
  message: Leased;
}

type Refused = Extract<SendResult, { final: boolean }>;

const waits: SendResult = { ok: false, reason: 'waits' };

const tooLong = ({ bytes }: Waiting): Refused => ({
  ok: false,
  reason: `the message has ${bytes} bytes; SQS takes at most ${longestMessage}`,
  final: true,
});

/** What an answer says of one entry. An answer with the status 200 may say that nothing was done. */
const resultOf = ({ successful, failed }: SqsBatchAnswer, id: string): SendResult | TransportDown => {
  const refusal = failed.find((one) => one.id === id);
  if (refusal) {
    const { code, message, senderFault } = refusal;
    const cause = causeOfCode(code);
    if (cause) return new TransportDown(cause, sqsDetail({ name: code, message }));
    return { ok: false, reason: sqsDetail({ name: code, message }), final: senderFault };
  }
  // Its sequence number has more digits than a bigint of PostgreSQL, and SQS does not lose its memory.
  if (successful.includes(id)) return { ok: true };
  return { ok: false, reason: 'SQS answered, and said nothing of this message', final: false };
};

/**
 * When SQS fails after some messages were settled, their results are given and the rest waits: under throttling each
 * sending brings some home, instead of the same ones again and again.
 */
export const sqsTransport = (
  sqs: SqsCommands,
  queueUrl: string,
  /** Tells whether an error says that SQS cannot be used, and why. */
  downCause: (error: unknown) => string | undefined = sqsDownCause,
  { sendMs = defaultSendMs, now = () => performance.now() }: SqsTransportOptions = {},
): Transport => {
  checkFifo(queueUrl);

  /** Undefined when the call was refused for what is in it. */
  const ask = async (call: readonly Waiting[]): Promise<SqsBatchAnswer | undefined> => {
    const entries = call.map(({ entry }, index) => ({ ...entry, id: String(index) }));
    try {
      return await sqs.sendBatch(queueUrl, entries);
    } catch (error) {
      const cause = downCause(error);
      if (cause !== undefined) throw new TransportDown(cause, sqsDetail(error));
      if (call.length > 1) return undefined;
      const [message = '', code = ''] = [(error as Error).message, (error as Error).name];
      return { successful: [], failed: [{ id: '0', code, message, senderFault: true }] };
    }
  };

  const send = async (messages: readonly Leased[]): Promise<SendResult[]> => {
    const begun = now();
    const results = new Map<Leased, SendResult>();
    let left: Waiting[] = messages.map((message) => {
      const entry = entryOf(message);
      return { message, entry, bytes: bytesOf(entry), alone: false };
    });
    const settle = (one: Waiting, result: SendResult): void => {
      results.set(one.message, result);
      left = left.filter((other) => (result.ok ? other !== one : other.entry.groupId !== one.entry.groupId));
    };
    const isLate = (): boolean => results.size > 0 && now() - begun > sendMs;
    try {
      while (left.length > 0 && !isLate()) {
        const call = nextCall(left);
        const [first] = call;
        if (first && first.bytes > longestMessage) {
          settle(first, tooLong(first));
          continue;
        }
        const answer = await ask(call);
        if (!answer) {
          // Sent one by one, those that are well are done, and the one that is not is known.
          for (const one of call) one.alone = true;
          continue;
        }
        const told = call.map((one, index) => [one, resultOf(answer, String(index))] as const);
        for (const [one, result] of told) if (!(result instanceof TransportDown)) settle(one, result);
        for (const [, result] of told) if (result instanceof TransportDown) throw result;
      }
    } catch (error) {
      if (!(error instanceof TransportDown) || results.size === 0) throw error;
    }
    return messages.map((message) => results.get(message) ?? waits);
  };

  return { name: `sqs:${queueUrl.slice(queueUrl.lastIndexOf('/') + 1)}`, most, send };
};
