/** Reads replies of the Redis protocol (RESP2, redis.io/docs/reference/protocol-spec). */

/** A reply: text for a status, a number or a string; a list for an array; null for nothing. */
export type Reply = { kind: 'value'; value: ReplyValue } | { kind: 'error'; text: string };
export type ReplyValue = string | null | ReplyValue[];

export type Reading =
  | { state: 'whole'; reply: Reply; length: number }
  | { state: 'incomplete' }
  /** The bytes are not of this protocol. */
  | { state: 'foreign' };

/** Longest reply that is read; those of a check have a few hundred bytes. */
const longestReply = 65_536;

const incomplete: Reading = { state: 'incomplete' };
const foreign: Reading = { state: 'foreign' };

const whole = (value: ReplyValue, length: number): Reading => ({
  state: 'whole',
  reply: { kind: 'value', value },
  length,
});

const readBulk = (text: string, size: number, from: number): Reading => {
  if (size < 0) return whole(null, from);
  return text.length < from + size + 2 ? incomplete : whole(text.slice(from, from + size), from + size + 2);
};

const readArray = (text: string, count: number, from: number): Reading => {
  if (count < 0) return whole(null, from);
  const values: ReplyValue[] = [];
  let place = from;
  for (let index = 0; index < count; index++) {
    const element = readReply(text.slice(place));
    if (element.state !== 'whole') return element;
    values.push(element.reply.kind === 'value' ? element.reply.value : element.reply.text);
    place += element.length;
  }
  return whole(values, place);
};

/** Reads the first reply in a text, as far as it is there. One byte of the text is one byte received. */
export const readReply = (text: string): Reading => {
  if (text === '') return incomplete;
  if (!/^[+\-:$*]/.test(text) || text.length > longestReply) return foreign;
  const end = text.indexOf('\r\n');
  if (end < 0) return text.length > 4_096 ? foreign : incomplete;
  const line = text.slice(1, end);
  const after = end + 2;
  if (text[0] === '-') return { state: 'whole', reply: { kind: 'error', text: line }, length: after };
  if (text[0] === '+' || text[0] === ':') return whole(line, after);
  if (!/^-?\d{1,9}$/.test(line)) return foreign;
  return text[0] === '$' ? readBulk(text, Number(line), after) : readArray(text, Number(line), after);
};
