/** Dead letters of consumers, which are kept in the outbox from now on. */
import { buryConsumed, type Envelope, isUuid, type Sql } from '../../core/messages/index.ts';
import { DatabaseError } from '../postgres/index.ts';

export interface DeadLetter {
  envelope: Envelope;
  error: string;
  failedAt?: string;
}

/** Of a message that is not in the outbox, or no more. One that is dead there stays as it is. */
const buryUnknown = async (sql: Sql, { envelope, error }: DeadLetter, at: string): Promise<void> => {
  const { message_id, message_type, payload } = envelope;
  const key = typeof payload.model_name === 'string' ? payload.model_name : message_id;
  await sql.query(
    `INSERT INTO public.breakwater_outbox
       (message_id, message_type, ordering_key, payload, dead_at, dead_reason, failures, headers)
     VALUES (coalesce($1::uuid, gen_random_uuid()), $2, $3, $4, now(), $5, $6, $7)
     ON CONFLICT (message_id) DO NOTHING`,
    [
      isUuid(message_id) ? message_id : null,
      message_type,
      key,
      JSON.stringify(payload),
      error,
      JSON.stringify([{ at, attempt: 0, reason: error }]),
      JSON.stringify({ original_id: message_id }),
    ],
  );
};

/** Values that PostgreSQL takes in no text and no JSON, such as the character 0 (SQLSTATE class 22). */
const isUnfit = (error: unknown): boolean =>
  error instanceof DatabaseError && error.sqlstate?.startsWith('22') === true;

/** Gives false when PostgreSQL cannot keep it; whatever else goes wrong is thrown. */
export const bury = async (sql: Sql, dead: DeadLetter): Promise<boolean> => {
  const at = dead.failedAt ?? new Date().toISOString();
  try {
    const known = await buryConsumed(sql, dead.envelope.message_id, dead.error, at);
    if (!known) await buryUnknown(sql, dead, at);
    return true;
  } catch (error) {
    if (isUnfit(error)) return false;
    throw error;
  }
};
