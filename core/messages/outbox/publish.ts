/** Writing messages: durable once it returns, or it throws. */
import type { NewMessage } from '../message.ts';
import type { Sql } from '../sql.ts';
import { judge, MessageRefused, type Readable } from './judge.ts';
import { table } from './rows.ts';

export type PublishResult = { ok: true; id: string } | { ok: false; error: MessageRefused };

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

const write = async (sql: Sql, messages: readonly Readable[]): Promise<void> => {
  if (messages.length === 0) return;
  const column = (name: keyof Readable) => messages.map((message) => message[name]);
  const names = ['id', 'type', 'key', 'payload', 'headers', 'availableAt'] as const;
  await sql.query(insert, names.map(column));
};

/**
 * Writes a message, in the transaction of its caller where `sql` is one. Gives its id.
 * @throws MessageRefused, by the names of its fields, for what nobody could read or keep: then nothing was asked of the
 * database. Otherwise what the database throws.
 */
export const publish = async (sql: Sql, message: NewMessage): Promise<string> => {
  const judged = judge(message);
  if (!judged.ok) throw new MessageRefused(judged.problems);
  await write(sql, [judged.message]);
  return judged.message.id;
};

/** Writes all that can be read, in one statement; a result for each. @throws what the database throws: then none */
export const publishBatch = async (
  sql: Sql,
  messages: readonly NewMessage[],
): Promise<readonly PublishResult[]> => {
  const judged = Array.from(messages, judge);
  await write(
    sql,
    judged.filter((one) => one.ok).map(({ message }) => message),
  );
  return judged.map((one) =>
    one.ok ? { ok: true, id: one.message.id } : { ok: false, error: new MessageRefused(one.problems) },
  );
};
