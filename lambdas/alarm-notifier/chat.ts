/** A message for a chat: what incoming webhooks that are compatible with Slack's take. */
import type { Content } from './content.ts';
import { sharesOf } from './shares.ts';

export interface ChatMessage {
  text: string;
  thread_key: string;
  severity: string;
}

/** Characters that such webhooks show without folding. */
const longest = 3_500;

/** Signs that begin a link or a mention there. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const ellipsis = '...';

/** Escaped, and not longer than that: cut sign by sign, so that none is split, nor what stands for one. */
const fitted = (text: string, size: number): string => {
  const whole = escaped(text);
  if (whole.length <= size) return whole;
  let cut = '';
  for (const sign of text) {
    const next = escaped(sign);
    if (cut.length + next.length > size - ellipsis.length) break;
    cut += next;
  }
  return cut === '' ? '' : `${cut}${ellipsis}`;
};

/** What must be there before anything else has room: who is woken acts by it. Of a cause the first line. */
const first: ReadonlySet<string> = new Set([
  'Root',
  'Cause',
  'It was',
  'Remedy',
  'Since',
  'Lasted',
  'Runbook',
  'Console',
]);

interface Part {
  text: string;
  /** Parts of a lower rank get what they need before those of a higher one get anything. */
  rank: 0 | 1 | 2;
}

/** Lists that are cut at their end; of what else has several lines each is cut by itself. */
const lists: ReadonlySet<string> = new Set(['Also red', 'Not read']);

const partsOf = ([label, lines]: Content['fields'][number]): Part[] =>
  (lists.has(label) ? [lines.join('\n')] : lines).map((text, place) => ({
    text,
    rank: first.has(label) && place === 0 ? 0 : 2,
  }));

/** The given parts, escaped, in no more than the room there is. */
const fittedParts = (parts: readonly Part[], room: number): string[] => {
  const result = parts.map(() => '');
  let left = room;
  for (const rank of [0, 1, 2] as const) {
    const places = [...parts.keys()].filter((place) => parts[place]?.rank === rank);
    const shares = sharesOf(
      places.map((place) => escaped(parts[place]?.text ?? '').length),
      left,
    );
    for (const [index, place] of places.entries()) {
      result[place] = fitted(parts[place]?.text ?? '', shares[index] ?? 0);
      left -= result[place].length;
    }
  }
  return result;
};

const headOf = (label: string): string => `*${label}* `;

export const chatOf = ({ title, headline, fields, threadKey, severity }: Content): ChatMessage => {
  const rows: { head: string; end: string; parts: Part[] }[] = [
    { head: `*[${severity}] `, end: '*', parts: [{ text: title, rank: 0 }] },
    { head: '', end: '', parts: [{ text: headline, rank: 1 }] },
    ...fields.map((field) => ({ head: headOf(field[0]), end: '', parts: partsOf(field) })),
  ];
  const parts = rows.flatMap((row) => row.parts);
  // One line break for each part.
  const around = rows.reduce((sum, { head, end }) => sum + head.length + end.length, parts.length);
  const texts = fittedParts(parts, longest - around);
  let next = 0;
  const lines = rows.flatMap(({ head, end, parts: { length } }) => {
    const own = texts.slice(next, next + length).filter((text) => text !== '');
    next += length;
    return own.length > 0 ? [`${head}${own.join('\n')}${end}`] : [];
  });
  return { text: lines.join('\n'), thread_key: threadKey, severity };
};
