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

/** Forgets what is older; a message that comes again after that is done again. Gives how many. */
export const forgetReceived = async (sql: Sql, keptMs: number): Promise<number> => {
  const { rowCount } = await sql.query(
    `DELETE FROM public.breakwater_inbox WHERE received_at < now() - $1 * interval '1 millisecond'`,
    [keptMs],
  );
  return rowCount ?? 0;
};
