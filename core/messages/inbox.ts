import type { Sql } from './sql.ts';

/**
 * Notes that a consumer has this message, in the transaction of what it does with it. False means that it has done it
 * before: then there is nothing left to do but to acknowledge.
 */
export const firstTime = async (sql: Sql, consumer: string, messageId: string): Promise<boolean> => {
  const { rowCount } = await sql.query(
    'INSERT INTO public.breakwater_inbox (consumer, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [consumer, messageId],
  );
  return rowCount === 1;
};

/** Rows of one statement: the first call of a consumer may find those of a year. */
const part = 10_000;

/**
 * Forgets what came more than `keptMs` milliseconds ago, of every consumer, a part at a time; a message that comes again
 * after that is done again, so it must be longer than one may come again. Whoever uses the inbox calls it, say daily:
 * nothing else empties it. Gives how many.
 * @throws what the database throws; what is forgotten by then stays so, unless `sql` is a transaction
 */
export const forgetReceived = async (sql: Sql, keptMs: number): Promise<number> => {
  for (let sum = 0; ; ) {
    const { rowCount } = await sql.query(
      `DELETE FROM public.breakwater_inbox WHERE (consumer, message_id) IN (
         SELECT consumer, message_id FROM public.breakwater_inbox
         WHERE received_at < now() - $1 * interval '1 millisecond' LIMIT $2)`,
      [keptMs, part],
    );
    const count = rowCount ?? 0;
    sum += count;
    if (count < part) return sum;
  }
};
