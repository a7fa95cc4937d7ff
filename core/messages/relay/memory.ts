/** What is known of the server behind a transport, and what is done when it has lost its memory. */
import { table } from '../outbox/rows.ts';
import type { RedisTransport } from '../redis/send.ts';
import type { SqlDatabase } from '../sql.ts';
import type { MemoryChanged } from '../transport.ts';

/** The server that messages were sent to last, and the last sending; a server that is new here is noted. */
export const recall = async (database: SqlDatabase, transport: RedisTransport): Promise<void> => {
  const now = await transport.look();
  const { rows } = await database.query<{ server_id: string; sequence: string }>(
    `WITH known AS (
       INSERT INTO public.breakwater_transports (name, server_id) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING server_id)
     SELECT server_id, (SELECT coalesce(max(sent_sequence), 0)::text FROM ${table}
                        WHERE sent_at IS NOT NULL) AS sequence FROM known`,
    [transport.name, now.serverId],
  );
  const [known] = rows;
  if (known) transport.known = { serverId: known.server_id, sequence: known.sequence };
};

/**
 * Makes pending again what the server does not remember, once, whoever notices it. What consumers have had of it comes
 * to them a second time. Gives how many.
 */
export const resend = async (
  database: SqlDatabase,
  transport: RedisTransport,
  { serverId, sequence }: MemoryChanged,
): Promise<number> => {
  const expected = transport.known.serverId;
  const count = await database.transaction(async (transaction) => {
    // Whoever acknowledges waits for this, and then finds that its server is another one.
    const { rows } = await transaction.query<{ server_id: string }>(
      'SELECT server_id FROM public.breakwater_transports WHERE name = $1 FOR UPDATE',
      [transport.name],
    );
    // Another relay has seen to it already; only this one still expected the old server.
    if (rows[0]?.server_id === serverId && expected !== serverId) return 0;
    const { rowCount } = await transaction.query(
      `UPDATE ${table} SET sent_at = NULL, sent_sequence = NULL, attempts = 0, held_until = NULL, lease_token = NULL
       WHERE sent_at IS NOT NULL AND dead_at IS NULL AND (sent_sequence IS NULL OR sent_sequence > $1::bigint)`,
      [sequence],
    );
    await transaction.query(
      `INSERT INTO public.breakwater_transports (name, server_id) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET server_id = excluded.server_id, since = now()`,
      [transport.name, serverId],
    );
    return rowCount ?? 0;
  });
  transport.known = { serverId, sequence };
  return count;
};
