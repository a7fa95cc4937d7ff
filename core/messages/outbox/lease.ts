/** What is done with messages that somebody has for a while. */
import type { FailedAttempt, Leased, LeaseOutcome } from '../message.ts';
import type { Sql } from '../sql.ts';
import type { Receipt } from '../transport.ts';
import { isPending, table } from './rows.ts';

/** Whoever claims waits for this: with two at once, one could get a message while the other gets an older one of its key. */
export const claimLock = 7_062_511_854;

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

/**
 * Those whose leases are shown and hold, locked each by its id, however many PostgreSQL thinks that there are; `once` this
 * is true, and not before.
 */
const ours = (once = 'true') => `
SELECT one.id FROM unnest($1::bigint[], $2::uuid[]) held (id, token), LATERAL (
  SELECT id FROM ${table}
  WHERE id = held.id AND lease_token = held.token AND ${isPending} AND ${once} FOR UPDATE) one`;

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
     SET sent_at = now(), sent_sequence = $3, sent_to = $4, sends = sends + 1, lease_token = NULL, held_until = NULL
     FROM (${ours()}) ours
     WHERE message.id = ours.id AND ($5::text IS NULL OR $5 = (SELECT server_id FROM server))
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
     FROM (${ours(notWhileClaiming)}) ours WHERE message.id = ours.id`,
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
