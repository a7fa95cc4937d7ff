/** Judges a message before anything of it is written; whatever a caller hands over, the judgement does not throw. */
import { randomUUID } from 'node:crypto';
import { isDate } from 'node:util/types';
import { shownValue } from '../../settings/index.ts';
import type { NewMessage } from '../message.ts';
import { messageTypes } from '../message-types.ts';
import { isKey, longestKey } from '../ordering-key.ts';
import { faultIn } from '../storable.ts';
import { isUuid } from './rows.ts';

/** A message that nobody could read; nothing was written. */
export class MessageRefused extends Error {
  override readonly name = 'MessageRefused';
  /** Each begins with the name of its field. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the message is refused: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

/** What is written, as it is written. */
export interface Readable {
  id: string;
  type: string;
  key: string;
  payload: string;
  headers: string;
  availableAt: Date | null;
}

export type Judgement = { ok: true; message: Readable } | { ok: false; problems: string[] };

/** Bytes of a payload; SQS takes 256 KiB of everything together. */
const longestPayload = 200_000;

/** Bytes of the headers, which SQS counts too. */
const longestHeaders = 8_192;

/** Problems that are told of one message, and characters of each. */
const mostProblems = 20;
const longestProblem = 300;

type Given = Readonly<Record<string, unknown>>;
type Read<T> = { value: T } | { problems: string[] };

const refused = (...problems: string[]): { problems: string[] } => ({ problems });

const isObject = (value: unknown): value is Given =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What JSON.stringify would write of it: no prototype, no getters, no toJSON of a class. */
const plain = (value: Given): Given => Object.fromEntries(Object.entries(value));

const textOf = (value: unknown): string => (typeof value === 'string' ? shownValue(value) : typeof value);

/** The problem of a value by the name of its field; none with nothing in it, which is left out. */
const problemIn = (name: string, value: unknown, most: number): string | undefined => {
  const found = value === undefined ? undefined : faultIn(value, most);
  return found && `${name}${found.path} ${found.what}`;
};

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

const tooLong = (payload: Given, bytes: number): string => {
  const sizes = Object.entries(payload).map(([name, value]) => ({ name, size: bytesOf(value) }));
  const { name, size } = sizes.reduce((most, one) => (one.size > most.size ? one : most));
  return `${name} has ${size} bytes, and the payload with it ${bytes}; at most ${longestPayload} are taken: send less in it`;
};

const payloadOf = ({ type, payload: given }: Given): Read<string> => {
  if (!isObject(given)) return refused('the payload must be an object');
  const payload = plain(given);
  const unreadable = messageTypes[String(type)]?.(payload) ?? [];
  const named = new Set(unreadable.map((problem) => problem.slice(0, problem.indexOf(' '))));
  const unkeepable = Object.entries(payload)
    .filter(([name]) => !named.has(name))
    .map(([name, value]) => problemIn(name, value, longestPayload))
    .filter((problem) => problem !== undefined);
  const problems = [...unreadable, ...unkeepable];
  if (problems.length > 0) return { problems };
  const value = JSON.stringify(payload);
  const bytes = Buffer.byteLength(value);
  return bytes > longestPayload ? refused(tooLong(payload, bytes)) : { value };
};

const headersOf = ({ headers }: Given): Read<string> => {
  const given = isObject(headers ?? {}) ? plain((headers ?? {}) as Given) : undefined;
  if (!given || Object.values(given).some((one) => typeof one !== 'string'))
    return refused('headers must be an object of texts');
  const problem = problemIn('headers', given, longestHeaders);
  if (problem !== undefined) return refused(problem);
  const value = JSON.stringify(given);
  const bytes = Buffer.byteLength(value);
  return bytes > longestHeaders
    ? refused(`headers have ${bytes} bytes; at most ${longestHeaders} are taken: send less in them`)
    : { value };
};

const keyOf = ({ key }: Given): Read<string> => {
  if (typeof key !== 'string' || !isKey(key))
    return refused(`key must be a text of 1 to ${longestKey} bytes in UTF-8`);
  const problem = problemIn('key', key, longestKey);
  return problem === undefined ? { value: key } : refused(problem);
};

const idOf = ({ id }: Given): Read<string> => {
  if (id === undefined || id === null) return { value: randomUUID() };
  return typeof id === 'string' && isUuid(id) ? { value: id } : refused('id must be a UUID');
};

/** Years that JavaScript and PostgreSQL write alike. */
const [firstYear, lastYear] = [1, 9_999];

const availableAtOf = ({ availableAt }: Given): Read<Date | null> => {
  if (availableAt === undefined || availableAt === null) return { value: null };
  const year = isDate(availableAt) ? availableAt.getUTCFullYear() : Number.NaN;
  return isDate(availableAt) && year >= firstYear && year <= lastYear
    ? { value: availableAt }
    : refused(`availableAt must be a valid Date from year ${firstYear} to ${lastYear}`);
};

const typeOf = ({ type }: Given): Read<string> =>
  typeof type === 'string' && Object.hasOwn(messageTypes, type)
    ? { value: type }
    : refused(`type ${textOf(type)} is not known; write one of ${Object.keys(messageTypes).join(', ')}`);

/** What throws when it is looked at, such as a getter, is refused by its name too. */
const reading = <T>(name: string, given: Given, read: (given: Given) => Read<T>): Read<T> => {
  try {
    return read(given);
  } catch {
    return refused(`${name} cannot be read or written as JSON; write plain values`);
  }
};

const problemsOf = (...reads: readonly Read<unknown>[]): string[] =>
  reads.flatMap((read) => ('problems' in read ? read.problems : []));

const told = (problems: readonly string[]): string[] => {
  const short = problems
    .slice(0, mostProblems)
    .map((one) => (one.length > longestProblem ? `${one.slice(0, longestProblem)}…` : one));
  return problems.length > mostProblems ? [...short, `and ${problems.length - mostProblems} more`] : short;
};

export const judge = (message: NewMessage): Judgement => {
  const given: unknown = message;
  if (!isObject(given))
    return { ok: false, problems: ['the message must be an object with type, key and payload'] };
  const type = reading('type', given, typeOf);
  if ('problems' in type) return { ok: false, problems: type.problems };
  const payload = reading('payload', given, payloadOf);
  const key = reading('key', given, keyOf);
  const headers = reading('headers', given, headersOf);
  const id = reading('id', given, idOf);
  const availableAt = reading('availableAt', given, availableAtOf);
  if (
    'problems' in payload ||
    'problems' in key ||
    'problems' in headers ||
    'problems' in id ||
    'problems' in availableAt
  )
    return { ok: false, problems: told(problemsOf(payload, key, headers, id, availableAt)) };
  return {
    ok: true,
    message: {
      id: id.value,
      type: type.value,
      key: key.value,
      payload: payload.value,
      headers: headers.value,
      availableAt: availableAt.value,
    },
  };
};

/** @throws MessageRefused for what `publish` would refuse, before there is a transaction to publish it in */
export const demandReadable = (message: NewMessage): void => {
  const judged = judge(message);
  if (!judged.ok) throw new MessageRefused(judged.problems);
};
