/** A message of the outbox as an entry of SQS. */
import { createHash } from 'node:crypto';
import { envelopeOf } from '../envelope.ts';
import type { Leased } from '../message.ts';
import { hashed, hashOf } from '../ordering-key.ts';
import type { SqsEntry } from './commands.ts';

/**
 * Most bytes of one call. SQS takes 1 MiB, queues of before August 2025 take 256 KiB, and this one works with all.
 * A message that is larger by itself goes alone, and the queue decides.
 */
export const mostBytes = 262_144;

/** Most bytes of a message: no queue takes more. */
export const longestMessage = 1_048_576;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** ASCII without spaces and control characters. */
const groupId = /^[!-~]{1,128}$/;

/**
 * The key itself where SQS allows its characters, and its hash where not. A key that looks like a hash is hashed too:
 * no two keys have one group.
 */
export const groupIdOf = (key: string): string =>
  groupId.test(key) && !key.startsWith(hashed) ? key : hashOf(key);

/**
 * SQS takes a second message with the same deduplication id within five minutes of the first, answers that all is well,
 * and throws it away. So what is sent again because the answer was lost, or because the relay died before it noted it,
 * comes once; after five minutes it comes twice, and the inbox of the consumer is what drops it.
 *
 * A message with a failed attempt has another id: whoever failed said that it is not in the queue, or a consumer gave it
 * up and a person delivers it again. With the first id SQS would throw that away, and nobody would have it.
 */
export const deduplicationIdOf = ({ id, failures }: Pick<Leased, 'id' | 'failures'>): string =>
  failures.length === 0 ? id : `${id}:${failures.length}`;

/** A receipt as a deduplication id: the same delivery twice is one message, the next delivery is another. */
export const deduplicationIdOfReceipt = (receipt: string): string => sha256(receipt);

/** Everything that XML 1.0 has no character for. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const notAllowed = /[\0-\x08\v\f\x0E-\x1F\uFFFE\uFFFF]|\p{Surrogate}/gu;

/** JSON escapes what SQS refuses, but for two characters. */
const jsonText = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\uFFFE\uFFFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16)}`,
  );

/** Attributes as SQS takes them: no empty ones, no forbidden characters, none that is longer than people read. */
export const allowedAttributes = (
  attributes: Readonly<Record<string, string | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value = '']) => {
      const text = value.slice(0, 1_000).replace(notAllowed, '?');
      return text === '' ? [] : [[name, text]];
    }),
  );

export const entryOf = (message: Leased): Omit<SqsEntry, 'id'> => ({
  body: jsonText(envelopeOf(message)),
  groupId: groupIdOf(message.key),
  deduplicationId: deduplicationIdOf(message),
  attributes: allowedAttributes({ message_type: message.type, trace_id: message.headers.trace_id }),
});

/** Every attribute has its type beside its name and value. */
const typeBytes = 'String'.length;

/** Bytes that SQS counts. */
export const bytesOf = ({ body, attributes }: Pick<SqsEntry, 'body' | 'attributes'>): number =>
  Object.entries(attributes).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + typeBytes + Buffer.byteLength(value),
    Buffer.byteLength(body),
  );
