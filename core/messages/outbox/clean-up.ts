/** Removing what was sent long ago, and nobody can ask for again. */
import type { Held } from '../redis/held.ts';
import type { Sql } from '../sql.ts';
import { table } from './rows.ts';

/**
 * What went to a transport that is not this one's, milliseconds: nobody here can say what its lists hold. As long as
 * the longest retention.
 */
const keptElsewhereMs = 30 * 86_400_000;

export interface CleanUpOptions {
  /**
   * The transport whose server can lose its memory, and what its lists hold at the moment when they are looked at;
   * undefined where that cannot be said: then nothing is deleted that went there.
   */
  memory?: { transport: string; held: () => Promise<Held | undefined> };
  /** Most messages of one call. */
  most?: number;
}

const isOld = `sent_at < now() - $1 * interval '1 millisecond'`;

const look = `SELECT EXISTS (SELECT FROM ${table} WHERE ${isOld} AND sent_to = $2) AS wanted`;

/**
 * What the lists held of a memory is only worth something while that memory is the transport's, and for what was sent
 * to it by then: of another one, whoever notices it sends everything again.
 */
const remove = `
WITH memory AS (SELECT server_id FROM public.breakwater_transports WHERE name = $2 FOR SHARE)
DELETE FROM ${table} WHERE id IN (
  SELECT id FROM ${table}
  WHERE ${isOld} AND dead_at IS NULL AND CASE
    WHEN sent_to IS NULL THEN true
    WHEN sent_to = $2 THEN
      message_id <> ALL($5::uuid[]) AND sent_sequence <= $4::bigint AND $3 = (SELECT server_id FROM memory)
    ELSE sent_at < now() - interval '${keptElsewhereMs} milliseconds' END
  ORDER BY sent_at LIMIT $6 FOR UPDATE SKIP LOCKED)`;

/**
 * Deletes what was sent longer ago, a part at a time; never what is not delivered, what the lists hold, or what their
 * server has just lost. Any number may do this at once. Gives how many.
 * @throws what `held` throws: then nothing is deleted
 */
export const cleanUp = async (
  sql: Sql,
  keptMs: number,
  { memory, most = 5_000 }: CleanUpOptions = {},
): Promise<number> => {
  const transport = memory?.transport ?? null;
  const { rows } = await sql.query<{ wanted: boolean }>(look, [keptMs, transport]);
  const held = rows[0]?.wanted ? await memory?.held() : undefined;
  const { serverId = null, sequence = null, ids = [] } = held ?? {};
  const { rowCount } = await sql.query(remove, [keptMs, transport, serverId, sequence, ids, most]);
  return rowCount ?? 0;
};
