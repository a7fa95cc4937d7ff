/** Having messages for a while. */
import { randomUUID } from 'node:crypto';
import type { Leased } from '../message.ts';
import type { SqlDatabase } from '../sql.ts';
import { claimLock } from './lease.ts';
import { isPending, type LeasedRow, leasedOf, table } from './rows.ts';

const isHeld = 'coalesce(held_until > now(), false)';

/**
 * Of the oldest ones whatever nobody has, and nothing behind one of its key that somebody has or that waits for its
 * next attempt. Whatever is older than one of these is among them too. `$1` are wanted, `$4` are looked at.
 */
const amongTheOldest = `
looked AS MATERIALIZED (
  SELECT id, ordering_key, ${isHeld} AS held FROM ${table} WHERE ${isPending} ORDER BY id LIMIT $4),
free AS MATERIALIZED (
  SELECT id, ordering_key FROM (
    SELECT id, ordering_key, bool_or(held) OVER (PARTITION BY ordering_key ORDER BY id) AS behind FROM looked) judged
  WHERE NOT behind ORDER BY id LIMIT $1)`;

/**
 * The first ones of each key whose oldest one is free, from key to key: what the oldest ones hide, when some keys have
 * many of them and are held. `$4` are taken of a key at most.
 */
const fromKeyToKey = `
looked (ordering_key, held) AS (
  (SELECT ordering_key, ${isHeld} FROM ${table} WHERE ${isPending} ORDER BY ordering_key, id LIMIT 1)
  UNION ALL
  SELECT next.ordering_key, next.held FROM looked, LATERAL (
    SELECT ordering_key, ${isHeld} AS held FROM ${table}
    WHERE ${isPending} AND ordering_key > looked.ordering_key ORDER BY ordering_key, id LIMIT 1) next),
free AS MATERIALIZED (
  SELECT one.id, looked.ordering_key FROM looked, LATERAL (
    SELECT id, bool_or(held) OVER (ORDER BY id) AS behind FROM (
      SELECT id, ${isHeld} AS held FROM ${table}
      WHERE ${isPending} AND ordering_key = looked.ordering_key ORDER BY id LIMIT $4) first) one
  WHERE NOT looked.held AND NOT one.behind LIMIT $1)`;

/**
 * One that somebody is changing at this moment is skipped, and then nothing behind it in its key is taken either. A row
 * for each that was taken, and one at least. `looked` is what that says besides.
 */
const take = (free: string, looked: string) => `
WITH RECURSIVE ${free},
mine AS MATERIALIZED (
  SELECT free.id, free.ordering_key, one.id IS NULL AS missed FROM free LEFT JOIN LATERAL (
    SELECT id FROM ${table} WHERE id = free.id AND ${isPending} AND NOT ${isHeld} FOR UPDATE SKIP LOCKED) one ON true),
whole AS (
  SELECT id FROM (
    SELECT id, bool_or(missed) OVER (PARTITION BY ordering_key ORDER BY id) AS gap FROM mine) judged
  WHERE NOT gap),
taken AS (
  UPDATE ${table} message
  SET lease_token = $2, held_until = now() + $3 * interval '1 millisecond', attempts = attempts + 1
  FROM whole WHERE message.id = whole.id
  RETURNING message.id::text, message.message_id, message.message_type, message.ordering_key, message.payload,
    message.headers, message.created_at, message.attempts, message.failures, message.lease_token, message.held_until)
SELECT ${looked} AS looked, taken.* FROM (SELECT) once LEFT JOIN taken ON true`;

const takeOldest = take(amongTheOldest, '(SELECT count(*)::integer FROM looked)');
/** Keys are looked at only until there is enough; counting them would look at all. */
const takeFromKeys = take(fromKeyToKey, 'NULL::integer');

/** So many times what is wanted is looked at. */
const lookAhead = 4;

/** A key has at most this part of what is wanted when it is looked for from key to key. */
const partOfKey = 0.1;

type TakenRow = ({ id: null } | LeasedRow) & { looked: number | null };

/** The oldest messages that may be delivered, in their order. */
export const claim = async (
  database: SqlDatabase,
  { limit, leaseMs }: { limit: number; leaseMs: number },
): Promise<Leased[]> => {
  const token = randomUUID();
  const rows = await database.transaction(async (transaction) => {
    const ask = async (text: string, wanted: number, most: number) => {
      const { rows } = await transaction.query<TakenRow>(text, [wanted, token, leaseMs, most]);
      return {
        looked: rows[0]?.looked ?? 0,
        taken: rows.filter((row): row is LeasedRow & TakenRow => row.id !== null),
      };
    };
    await transaction.query('SELECT pg_advisory_xact_lock($1)', [claimLock]);
    const { looked, taken } = await ask(takeOldest, limit, limit * lookAhead);
    if (looked < limit * lookAhead || taken.length >= limit / 2) return taken;
    const more = await ask(takeFromKeys, limit - taken.length, Math.ceil(limit * partOfKey));
    return [...taken, ...more.taken];
  });
  return rows.map(leasedOf).sort((a, b) => Number(BigInt(a.place) - BigInt(b.place)));
};
