/** Having messages for a while, and what is done with them. */
import { randomUUID } from 'node:crypto';
import type { FailedAttempt, Leased, LeaseOutcome } from '../message.ts';
import type { Sql, SqlDatabase } from '../sql.ts';
import type { Receipt } from '../transport.ts';
import { isPending, type LeasedRow, leasedOf, table } from './rows.ts';

/** Whoever claims waits for this: with two at once, one could get a message while the other gets an older one of its key. */
const claimLock = 7_062_511_854;

const claimable = `
SELECT candidate.id FROM ${table} candidate
WHERE candidate.sent_at IS NULL AND candidate.dead_at IS NULL
  AND (candidate.held_until IS NULL OR candidate.held_until <= now())
  AND NOT EXISTS (
    SELECT 1 FROM ${table} older
    WHERE older.ordering_key = candidate.ordering_key AND older.id < candidate.id
      AND older.sent_at IS NULL AND older.dead_at IS NULL
      AND older.held_until IS NOT NULL AND older.held_until > now())
ORDER BY candidate.id LIMIT $1 FOR UPDATE SKIP LOCKED`;

const take = `
UPDATE ${table} message
SET lease_token = $2, held_until = now() + $3 * interval '1 millisecond', attempts = attempts + 1
FROM (${claimable}) ready WHERE message.id = ready.id
RETURNING message.id::text, message.message_id, message.message_type, message.ordering_key, message.payload,
  message.headers, message.created_at, message.attempts, message.failures, message.lease_token, message.held_until`;

/**
 * The oldest messages that may be delivered, in their order. Of a key only what nobody has, and nothing behind an
 * older one that somebody has or that waits for its next attempt.
 */
export const claim = async (
  database: SqlDatabase,
  { limit, leaseMs }: { limit: number; leaseMs: number },
): Promise<Leased[]> => {
  const rows = await database.transaction(async (transaction) => {
    await transaction.query('SELECT pg_advisory_xact_lock($1)', [claimLock]);
    return (await transaction.query<LeasedRow>(take, [limit, randomUUID(), leaseMs])).rows;
  });
  return rows.map(leasedOf).sort((a, b) => Number(BigInt(a.place) - BigInt(b.place)));
};

type Held = Pick<Leased, 'place' | 'token'>;

const outcome = ({ rowCount }: { rowCount: number | null }): LeaseOutcome =>
  rowCount === 1 ? 'done' : 'lost';

const mine = `id = $1 AND lease_token = $2 AND ${isPending}`;

/**
 * For what makes a message wait again. Its holder may be late: a claim at this very moment would skip the locked row,
 * and take what is behind it in its key.
 */
const notWhileClaiming = `(SELECT pg_advisory_xact_lock_shared(${claimLock})) IS NOT NULL`;

/** Keeps a message for longer, from now on. */
export const extend = async (sql: Sql, { place, token }: Held, leaseMs: number): Promise<LeaseOutcome> =>
  outcome(
    await sql.query(
      `UPDATE ${table} SET held_until = now() + $3 * interval '1 millisecond' WHERE ${mine} AND ${notWhileClaiming}`,
      [place, token, leaseMs],
    ),
  );

/** Where messages were sent to, for a transport whose server can lose its memory. */
export interface SentTo extends Receipt {
  transport: string;
}

/**
 * Sent. A message whose lease was lost is left to whoever has it, and that is said; so is one whose server is not the
 * transport's any more: what it took, nobody has.
 */
export const acknowledge = async (
  sql: Sql,
  messages: readonly Held[],
  to?: SentTo,
): Promise<LeaseOutcome[]> => {
  const { rows } = await sql.query<{ id: string }>(
    `WITH server AS (
       SELECT server_id FROM public.breakwater_transports WHERE name = $4 FOR SHARE)
     UPDATE ${table} message
     SET sent_at = now(), sent_sequence = $3, sends = sends + 1, lease_token = NULL, held_until = NULL
     FROM unnest($1::bigint[], $2::uuid[]) held (id, token)
     WHERE message.id = held.id AND message.lease_token = held.token AND ${isPending}
       AND ($5::text IS NULL OR $5 = (SELECT server_id FROM server))
     RETURNING message.id::text`,
    [
      messages.map(({ place }) => place),
      messages.map(({ token }) => token),
      to?.sequence ?? null,
      to?.transport ?? null,
      to?.serverId ?? null,
    ],
  );
  const done = new Set(rows.map(({ id }) => id));
  return messages.map(({ place }) => (done.has(place) ? 'done' : 'lost'));
};

/** Gives messages back as if nobody had had them: the transport was away, which is not their fault. */
export const release = async (sql: Sql, messages: readonly Held[], delayMs: number): Promise<void> => {
  await sql.query(
    `UPDATE ${table} message
     SET attempts = greatest(attempts - 1, 0), lease_token = NULL,
         held_until = CASE WHEN $3::double precision > 0 THEN now() + $3 * interval '1 millisecond' END
     FROM unnest($1::bigint[], $2::uuid[]) held (id, token)
     WHERE message.id = held.id AND message.lease_token = held.token AND ${isPending}
       AND ${notWhileClaiming}`,
    [messages.map(({ place }) => place), messages.map(({ token }) => token), delayMs],
  );
};

const failure = ({ attempts }: Leased, reason: string, at: Date): FailedAttempt => ({
  at: at.toISOString(),
  attempt: attempts,
  reason,
});

/** A failed attempt: another one after `delayMs`. Until then nothing behind it in its key is delivered. */
export const reject = async (
  sql: Sql,
  message: Leased,
  { reason, delayMs, at = new Date() }: { reason: string; delayMs: number; at?: Date },
): Promise<LeaseOutcome> =>
  outcome(
    await sql.query(
      `UPDATE ${table}
       SET lease_token = NULL, held_until = now() + $3 * interval '1 millisecond', failures = failures || $4::jsonb
       WHERE ${mine} AND ${notWhileClaiming}`,
      [message.place, message.token, delayMs, JSON.stringify([failure(message, reason, at)])],
    ),
  );

/** No further attempt. What is behind it in its key goes on. */
export const deadLetter = async (
  sql: Sql,
  message: Leased,
  reason: string,
  at = new Date(),
): Promise<LeaseOutcome> =>
  outcome(
    await sql.query(
      `UPDATE ${table}
       SET dead_at = now(), dead_reason = $3, lease_token = NULL, held_until = NULL, failures = failures || $4::jsonb
       WHERE ${mine}`,
      [message.place, message.token, reason, JSON.stringify([failure(message, reason, at)])],
    ),
  );
