/** What people and metrics ask of the queue, and what people do with dead messages. */
import type { MessageFilter, MessageState, Peeked, QueueDepth } from '../message.ts';
import type { Sql } from '../sql.ts';
import { wakeRelays } from './publish.ts';
import { deadWhere, isPending, isUuid, type PeekedRow, peekedOf, table } from './rows.ts';

/** Before its first attempt a message that is for later waits from its time on. */
const waitsSince = 'CASE WHEN attempts = 0 THEN coalesce(held_until, created_at) ELSE created_at END';

/** The pending are read once, however many: whatever waits longest may be anywhere among them. */
export const depth = async (sql: Sql): Promise<QueueDepth> => {
  const { rows } = await sql.query<Record<string, string>>(
    `SELECT pending.*,
       (SELECT count(*) FROM ${table} WHERE dead_at IS NOT NULL) AS dead,
       (SELECT count(*) FROM ${table} WHERE sent_at IS NOT NULL) AS kept
     FROM (SELECT count(*) AS pending, count(*) FILTER (WHERE held_until > now()) AS held,
             extract(epoch FROM now() - min(${waitsSince})) AS age
           FROM ${table} WHERE ${isPending}) pending`,
  );
  const [row = {}] = rows;
  const number = (name: string): number => Number(row[name] ?? 0);
  return {
    pending: number('pending'),
    held: number('held'),
    oldestAgeSeconds: Math.max(0, number('age')),
    dead: number('dead'),
    kept: number('kept'),
  };
};

const states: Record<MessageState | 'all', string> = {
  pending: isPending,
  held: `${isPending} AND held_until IS NOT NULL AND held_until > now()`,
  sent: 'sent_at IS NOT NULL',
  dead: 'dead_at IS NOT NULL',
  all: 'true',
};

/** The oldest messages of a state. Looking changes nothing. */
export const peek = async (
  sql: Sql,
  { state = 'pending', limit = 20, key }: { state?: MessageState | 'all'; limit?: number; key?: string } = {},
): Promise<Peeked[]> => {
  const { rows } = await sql.query<PeekedRow>(
    `SELECT message_id, message_type, ordering_key, payload, created_at, attempts, failures, held_until, sent_at,
            dead_at, dead_reason
     FROM ${table} WHERE ${states[state]} AND ($2::text IS NULL OR ordering_key = $2) ORDER BY id LIMIT $1`,
    [limit, key ?? null],
  );
  return rows.map(peekedOf);
};

/**
 * Delivers dead messages again, the oldest first, at most `limit`: they have all their attempts anew and keep their
 * id and their history. Wakes the relays. Gives their ids.
 */
export const redrive = async (sql: Sql, filter: MessageFilter, limit: number): Promise<string[]> => {
  const where = deadWhere(filter, 2);
  const { rows } = await sql.query<{ message_id: string }>(
    `UPDATE ${table} message SET dead_at = NULL, dead_reason = NULL, attempts = 0, held_until = NULL, sent_at = NULL
     FROM (SELECT id FROM ${table} WHERE ${where.text} ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) chosen
     WHERE message.id = chosen.id RETURNING message.message_id`,
    [limit, ...where.values],
  );
  if (rows.length > 0) await wakeRelays(sql);
  return rows.map(({ message_id }) => message_id);
};

/** Deletes dead messages for good. Nothing else is ever deleted by hand. Gives how many. */
export const purge = async (sql: Sql, filter: MessageFilter): Promise<number> => {
  const where = deadWhere(filter, 1);
  const { rowCount } = await sql.query(`DELETE FROM ${table} WHERE ${where.text}`, where.values);
  return rowCount ?? 0;
};

/** A consumer has given a sent message up: it is dead from now on. Gives whether it was known, and not dead. */
export const buryConsumed = async (sql: Sql, id: string, reason: string, at: string): Promise<boolean> => {
  if (!isUuid(id)) return false;
  const { rowCount } = await sql.query(
    `UPDATE ${table}
     SET dead_at = now(), dead_reason = $2, sent_at = NULL, lease_token = NULL, held_until = NULL,
         failures = failures || $3::jsonb
     WHERE message_id = $1 AND dead_at IS NULL`,
    [id, reason, JSON.stringify([{ at, attempt: 0, reason }])],
  );
  return rowCount === 1;
};
