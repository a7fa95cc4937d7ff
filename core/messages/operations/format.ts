/** Results for people: in a terminal of any width. */
import { type FormatOptions, formatCheck, paint, wrap } from '../../checks/index.ts';
import type { Peeked } from '../message.ts';
import { wrongKeyText } from '../redis/depth.ts';
import type { DeadMessage } from './dead.ts';
import type { ListsFound } from './lists.ts';
import { mostChanged } from './options.ts';
import type {
  ChangeResult,
  DepthResult,
  FailedResult,
  OperationResult,
  PeekResult,
  PreviewResult,
} from './result.ts';

/** Texts come from producers, consumers and servers: what would move the cursor is shown as what it is. */
const plain = (text: string): string =>
  text.replace(/\p{Cc}|\p{Cf}/gu, (sign) => `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);

const second = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')}Z`;

const age = (seconds: number): string => {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
};

const indented = (text: string, indent: number, width: number): string[] =>
  wrap(text, Math.max(20, width - indent)).map((line) => `${' '.repeat(indent)}${line}`);

const labelWidth = 14;
const numberWidth = 8;

/** A number with its name and what is to be said of it. */
const numbered = (label: string, count: number, note: string, width: number): string[] => {
  const head = `  ${label.padEnd(labelWidth)}${String(count).padStart(numberWidth)}`;
  const [first = '', ...rest] = indented(note, head.length + 2, width);
  return [`${head}${first.slice(head.length)}`.trimEnd(), ...rest];
};

const heldNote = ({ pending, held, oldestAgeSeconds }: DepthResult['outbox']): string =>
  pending === 0
    ? ''
    : `the oldest for ${age(oldestAgeSeconds)}; ${held} with the relay or waiting for another attempt`;

const listLines = (lists: ListsFound, width: number): string[] => {
  if (!lists.looked)
    return indented(
      plain(`not looked at: ${lists.cause ? `${lists.cause}, ` : ''}${lists.reason}`),
      2,
      width,
    );
  const { queue, waiting, processing, deadLetters, unparsable, wrong = [] } = lists;
  return [
    ...numbered('waiting', waiting, plain(`in ${queue}`), width),
    ...numbered('processing', processing, 'with consumers', width),
    ...numbered('dead letters', deadLetters, 'on their way into the outbox', width),
    ...numbered(
      'unparsable',
      unparsable,
      plain(`no messages; kept for people in ${queue}:unparsable`),
      width,
    ),
    ...wrong.flatMap((key) => indented(plain(wrongKeyText(key)), 2, width)),
  ];
};

const depthLines = ({ outbox, lists, transports, lookIn }: DepthResult, width: number): string[] => [
  'outbox in PostgreSQL',
  ...numbered('pending', outbox.pending, heldNote(outbox), width),
  ...numbered('dead', outbox.dead, '', width),
  ...numbered('kept', outbox.kept, 'sent, and kept in case the transport loses them', width),
  'lists in Redis',
  ...listLines(lists, width),
  ...(transports.length > 0 ? ['sent to'] : []),
  ...transports.flatMap(({ name, since }) =>
    indented(plain(`${name}, the same server since ${second(since)}`), 2, width),
  ),
  ...wrap(plain(lookIn), width),
];

const lastFailure = ({ state, deadReason, deadAt, sentAt, heldUntil, failures }: Peeked): string[] => {
  const reason = failures.at(-1)?.reason;
  const parts: Record<Peeked['state'], string | undefined> = {
    dead: `dead since ${second(deadAt ?? '')}: ${deadReason ?? ''}`,
    sent: `sent ${second(sentAt ?? '')}`,
    held: `held until ${second(heldUntil ?? '')}${reason === undefined ? '' : `; failed: ${reason}`}`,
    pending: reason === undefined ? undefined : `failed: ${reason}`,
  };
  const text = parts[state];
  return text === undefined ? [] : [text];
};

const attempts = (count: number): string => `${count} ${count === 1 ? 'attempt' : 'attempts'}`;

const peekedLines = (message: Peeked, width: number, color: boolean): string[] => [
  ...wrap(`${message.id} ${message.state}`, width).map((line) =>
    message.state === 'dead' ? paint(line, 31, color) : line,
  ),
  ...indented(plain(`${message.type}, key ${message.key}`), 4, width),
  ...indented(`published ${second(message.publishedAt)}, ${attempts(message.attempts)}`, 4, width),
  ...lastFailure(message).flatMap((text) => indented(plain(text), 4, width)),
];

const peekLines = ({ messages, state, limit, key }: PeekResult, width: number, color: boolean): string[] => {
  const what = `${state === 'all' ? '' : `${state} `}message${key === undefined ? '' : ` of key ${key}`}`;
  if (messages.length === 0) return wrap(plain(`there is no ${what}`), width);
  const note =
    messages.length === limit
      ? `the oldest ${limit}; there may be more: --limit. Payloads and all failures: --json`
      : 'payloads and all failures: --json';
  return [...messages.flatMap((message) => peekedLines(message, width, color)), ...wrap(note, width)];
};

const deadLines = ({ id, type, key, deadAt, deadReason }: DeadMessage, width: number): string[] => [
  ...wrap(id, width),
  ...indented(plain(`${type}, key ${key}`), 4, width),
  ...indented(plain(`dead since ${second(deadAt)}: ${deadReason}`), 4, width),
];

/** Dead messages and how many of those that match they are. */
export const formatDead = (messages: readonly DeadMessage[], width: number): string =>
  messages.flatMap((message) => deadLines(message, width)).join('\n');

const done = { redrive: 'redriven', purge: 'purged' } as const;

/** How many were meant, and how many of them one run takes. */
const share = (count: number, matching: number): string => {
  const messages = matching === 1 ? 'dead message' : 'dead messages';
  return count === matching ? `${count} ${messages}` : `${count} of ${matching} ${messages} that match`;
};

const previewLines = ({ operation, matching, messages }: PreviewResult, width: number): string[] => [
  ...messages.flatMap((message) => deadLines(message, width)),
  ...wrap(
    matching === 0
      ? 'no dead message matches'
      : `${share(messages.length, matching)} would be ${done[operation]}; nothing was changed`,
    width,
  ),
];

const changedText = ({ operation, matching, changed, left }: ChangeResult): string => {
  if (matching === 0) return 'no dead message matches';
  const rest = left > 0 ? `; ${left} left: run it again, or raise --limit (${mostChanged} at most)` : '';
  return `${done[operation]} ${share(changed.length, matching)}${rest}`;
};

const failedLines = (
  { operation, check, changed = [] }: FailedResult,
  width: number,
  color: boolean,
): string[] => {
  const before =
    changed.length > 0 && (operation === 'redrive' || operation === 'purge')
      ? `; ${changed.length} ${changed.length === 1 ? 'message was' : 'messages were'} ${done[operation]} before that`
      : '';
  return [
    ...wrap(`${operation} could not use the database${before}`, width),
    ...formatCheck(check, width, color),
  ];
};

/**
 * The result as text, without a trailing line break. Ids that a redrive or a purge has changed are not in it: they are
 * told while it runs.
 */
export const formatOperation = (
  result: Exclude<OperationResult, { error: unknown }>,
  { width = 80, color = false }: FormatOptions = {},
): string => {
  const title = `messages of ${result.environment}, ${result.at}`;
  const head = result.operation === 'depth' || result.operation === 'peek' ? wrap(title, width) : [];
  const lines = (): string[] => {
    if (!result.ok) return failedLines(result, width, color);
    if (result.operation === 'depth') return depthLines(result, width);
    if (result.operation === 'peek') return peekLines(result, width, color);
    if (result.dryRun) return previewLines(result, width);
    const text = changedText(result);
    return wrap(result.stopped ? `stopped before its end: ${text}` : text, width);
  };
  return [...(result.ok ? head.map((line) => paint(line, 1, color)) : []), ...lines()].join('\n');
};
