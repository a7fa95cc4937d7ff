/** What is known of the server behind a transport, and what is done when it has lost its memory. */
import { table } from '../outbox/rows.ts';
import type { RedisTransport } from '../redis/send.ts';
import type { Sql, SqlDatabase } from '../sql.ts';
import type { Receipt } from '../transport.ts';

/** The server that messages were sent to last, and the last sending; a server that is new here is noted. */
export const recall = async (database: SqlDatabase, transport: RedisTransport): Promise<void> => {
  const now = await transport.look();
  const { rows } = await database.query<{ server_id: string; sequence: string }>(
    `WITH known AS (
       INSERT INTO public.breakwater_transports (name, server_id) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING server_id)
     SELECT server_id, (SELECT coalesce(max(sent_sequence), 0)::text FROM ${table}
                        WHERE sent_at IS NOT NULL AND sent_to = $1) AS sequence FROM known`,
    [transport.name, now.serverId],
  );
  const [known] = rows;
  if (known) transport.known = { serverId: known.server_id, sequence: known.sequence };
};

/** Rows of one transaction: some hundred milliseconds, far from the limit of a statement. */
const part = 10_000;

/** What went to another transport is none of its memory. */
const forget = `
UPDATE ${table} SET sent_at = NULL, sent_sequence = NULL, attempts = 0, held_until = NULL, lease_token = NULL
WHERE id IN (
  SELECT id FROM ${table}
  WHERE sent_at IS NOT NULL AND dead_at IS NULL AND sent_to = $1 AND sent_sequence > $2::bigint
  LIMIT $3)`;

const note = `
INSERT INTO public.breakwater_transports (name, server_id) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET server_id = excluded.server_id, since = now()`;

interface Part {
  count: number;
  /** The server that is known now; undefined while a part is left. */
  known?: Receipt;
}

const resendPart = async (transaction: Sql, transport: RedisTransport): Promise<Part> => {
  const expected = transport.known.serverId;
  // Whoever acknowledges waits for this, and in the end finds that its server is another one.
  const { rows } = await transaction.query<{ server_id: string }>(
    'SELECT server_id FROM public.breakwater_transports WHERE name = $1 FOR UPDATE',
    [transport.name],
  );
  // What was seen before may be old by now: nobody may note a server in place of a later one.
  const now = await transport.look();
  const seenTo = rows[0]?.server_id === now.serverId && expected !== now.serverId;
  if (seenTo) return { count: 0, known: now };
  const { rowCount } = await transaction.query(forget, [transport.name, now.sequence, part]);
  const count = rowCount ?? 0;
  if (count === part) return { count };
  // Until this is noted nobody sends: every relay still expects the server that is no more.
  await transaction.query(note, [transport.name, now.serverId]);
  return { count, known: now };
};

/**
 * Makes pending again what the server does not remember, once, whoever notices it. What consumers have had of it comes
 * to them a second time. Gives how many, and which server is known from now on.
 * @throws TransportDown when it goes away meanwhile; what is done by then need not be done again
 */
export const resend = async (
  database: SqlDatabase,
  transport: RedisTransport,
): Promise<{ count: number; serverId: string }> => {
  let sum = 0;
  for (;;) {
    const { count, known } = await database.transaction((transaction) => resendPart(transaction, transport));
    sum += count;
    if (!known) continue;
    transport.known = known;
    return { count: sum, serverId: known.serverId };
  }
};
