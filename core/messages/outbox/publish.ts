/** Writing messages: durable once it returns, or it throws. */
import { randomUUID } from 'node:crypto';
import type { NewMessage } from '../message.ts';
import { messageTypes } from '../message-types.ts';
import type { Sql } from '../sql.ts';
import { isStorable } from '../storable.ts';
import { table } from './rows.ts';

/** A message that nobody could read; nothing was written. */
export class MessageRefused extends Error {
  override readonly name = 'MessageRefused';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the message is refused: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

export type PublishResult = { ok: true; id: string } | { ok: false; error: MessageRefused };

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Bytes of a payload; SQS takes 256 KiB of everything together. */
const longestPayload = 200_000;

const problemsOf = ({ type, key, payload, headers, id }: NewMessage): string[] => {
  const problems = messageTypes[type];
  if (!problems) return [`type "${type}" is not known; write one of ${Object.keys(messageTypes).join(', ')}`];
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  const unstorable = Object.entries({ ...payload, key, headers })
    .filter(([name, value]) => !isStorable([name, value]))
    .map(([name]) => `${name} holds a NUL or half a character, which the database cannot keep`);
  return [
    ...problems(payload),
    ...unstorable,
    ...(key === '' || key.length > 1_000 ? ['key must be a text of 1 to 1000 characters'] : []),
    ...(id !== undefined && !uuid.test(id) ? ['id must be a UUID'] : []),
    ...(bytes > longestPayload
      ? [`the payload has ${bytes} bytes; at most ${longestPayload} are taken`]
      : []),
  ];
};

/** Tells whoever listens that something is there; it is sent with the commit. */
export const channel = 'breakwater_outbox';

/** Whoever has this notifies for those who publish at the same time. */
const notifyLock = 7_062_511_855;

/**
 * PostgreSQL lets only one transaction at a time commit with a notification (src/backend/commands/async.c), the wait for
 * the disk included. So of those that are under way at once one notifies. A relay that has looked before the others
 * commit finds theirs when it looks again: after what it found, when its own task wakes it, or by itself.
 */
const insert = `
WITH written AS (
  INSERT INTO ${table} (message_id, message_type, ordering_key, payload, headers, held_until)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::jsonb[], $6::timestamptz[])
  ON CONFLICT (message_id) DO NOTHING)
SELECT CASE WHEN pg_try_advisory_xact_lock(${notifyLock}) THEN pg_notify('${channel}', '') END`;

/** Wakes every relay, with the commit of the transaction where `sql` is one. */
export const wakeRelays = async (sql: Sql): Promise<void> => {
  await sql.query('SELECT pg_notify($1, $2)', [channel, '']);
};

const write = async (sql: Sql, messages: readonly (NewMessage & { id: string })[]): Promise<void> => {
  if (messages.length === 0) return;
  const column = (value: (message: NewMessage & { id: string }) => unknown) => messages.map(value);
  await sql.query(insert, [
    column(({ id }) => id),
    column(({ type }) => type),
    column(({ key }) => key),
    column(({ payload }) => JSON.stringify(payload)),
    column(({ headers }) => JSON.stringify(headers ?? {})),
    column(({ availableAt }) => availableAt ?? null),
  ]);
};

/**
 * Writes a message, in the transaction of its caller where `sql` is one. Gives its id.
 * @throws MessageRefused when nobody could read it, or what the database throws
 */
export const publish = async (sql: Sql, message: NewMessage): Promise<string> => {
  const problems = problemsOf(message);
  if (problems.length > 0) throw new MessageRefused(problems);
  const id = message.id ?? randomUUID();
  await write(sql, [{ ...message, id }]);
  return id;
};

/** Writes all that can be read, in one statement; a result for each. @throws what the database throws: then none */
export const publishBatch = async (
  sql: Sql,
  messages: readonly NewMessage[],
): Promise<readonly PublishResult[]> => {
  const judged = messages.map((message) => ({
    message: { ...message, id: message.id ?? randomUUID() },
    problems: problemsOf(message),
  }));
  await write(
    sql,
    judged.filter(({ problems }) => problems.length === 0).map(({ message }) => message),
  );
  return judged.map(({ message, problems }) =>
    problems.length === 0 ? { ok: true, id: message.id } : { ok: false, error: new MessageRefused(problems) },
  );
};
