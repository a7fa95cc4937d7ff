/** What is done with dead messages: chosen first, then changed a part at a time. */
import type { MessageFilter } from '../message.ts';
import { purge, redrive } from '../outbox/inspect.ts';
import { deadWhere, table } from '../outbox/rows.ts';
import type { Sql, SqlDatabase } from '../sql.ts';

/** A dead message without its payload, so that thousands of them can be shown. */
export interface DeadMessage {
  id: string;
  type: string;
  key: string;
  publishedAt: string;
  deadAt: string;
  deadReason: string;
}

/** Messages that one statement purges. */
const purgePart = 500;

/** A part of a redrive is what one second may have. */
const secondMs = 1_000;

export interface Pace {
  /** Pauses; ends early when the run is to stop. */
  sleep: (milliseconds: number) => Promise<void>;
  /** Ends the run before its next part. */
  signal?: AbortSignal;
  /** Told of each part: what is done stays done, whatever comes after. */
  onPart: (ids: readonly string[]) => void;
}

export const countDead = async (sql: Sql, filter: MessageFilter): Promise<number> => {
  const where = deadWhere(filter, 1);
  const { rows } = await sql.query<{ count: string }>(
    `SELECT count(*) FROM ${table} WHERE ${where.text}`,
    where.values,
  );
  return Number(rows[0]?.count ?? 0);
};

/** The dead messages that are meant, those first that were published first. */
export const listDead = async (sql: Sql, filter: MessageFilter, limit: number): Promise<DeadMessage[]> => {
  const where = deadWhere(filter, 2);
  const { rows } = await sql.query<{
    message_id: string;
    message_type: string;
    ordering_key: string;
    created_at: Date;
    dead_at: Date;
    dead_reason: string | null;
  }>(
    `SELECT message_id, message_type, ordering_key, created_at, dead_at, dead_reason
     FROM ${table} WHERE ${where.text} ORDER BY id LIMIT $1`,
    [limit, ...where.values],
  );
  return rows.map((row) => ({
    id: row.message_id,
    type: row.message_type,
    key: row.ordering_key,
    publishedAt: row.created_at.toISOString(),
    deadAt: row.dead_at.toISOString(),
    deadReason: row.dead_reason ?? '',
  }));
};

const chosenIds = async (sql: Sql, filter: MessageFilter, limit: number): Promise<string[]> => {
  const where = deadWhere(filter, 2);
  const { rows } = await sql.query<{ message_id: string }>(
    `SELECT message_id FROM ${table} WHERE ${where.text} ORDER BY id LIMIT $1`,
    [limit, ...where.values],
  );
  return rows.map(({ message_id }) => message_id);
};

/**
 * Each message once: one that dies again during a slow run is not taken a second time, because all are chosen
 * before the first is changed. The filter is asked again for each part, since others may change them meanwhile.
 */
const inParts = async (
  database: SqlDatabase,
  { filter, limit, size, pauseMs }: { filter: MessageFilter; limit: number; size: number; pauseMs: number },
  change: (sql: Sql, filter: MessageFilter, size: number) => Promise<string[]>,
  { sleep, signal, onPart }: Pace,
): Promise<'done' | 'stopped'> => {
  const chosen = await chosenIds(database, filter, limit);
  for (let start = 0; start < chosen.length; start += size) {
    if (start > 0 && !signal?.aborted) await sleep(pauseMs);
    if (signal?.aborted) return 'stopped';
    const part = chosen.slice(start, start + size);
    const changed = new Set(
      await database.transaction((transaction) => change(transaction, { ...filter, ids: part }, part.length)),
    );
    onPart(part.filter((id) => changed.has(id)));
  }
  return 'done';
};

/** Delivers dead messages again, at most `rate` in a second. */
export const redriveInParts = (
  database: SqlDatabase,
  { filter, limit, rate }: { filter: MessageFilter; limit: number; rate: number },
  pace: Pace,
): Promise<'done' | 'stopped'> =>
  inParts(database, { filter, limit, size: rate, pauseMs: secondMs }, redrive, pace);

/** Deletes dead messages for good. */
export const purgeInParts = (
  database: SqlDatabase,
  { filter, limit }: { filter: MessageFilter; limit: number },
  pace: Pace,
): Promise<'done' | 'stopped'> =>
  inParts(
    database,
    { filter, limit, size: purgePart, pauseMs: 0 },
    async (sql, part, size) => {
      const where = deadWhere(part, 2);
      // One that somebody redrives at this moment is left to them.
      const { rows } = await sql.query<{ message_id: string }>(
        `SELECT message_id FROM ${table} WHERE ${where.text} ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`,
        [size, ...where.values],
      );
      const ids = rows.map(({ message_id }) => message_id);
      if (ids.length > 0) await purge(sql, { ids });
      return ids;
    },
    pace,
  );
