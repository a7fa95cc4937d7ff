/** Dead letters of consumers, which are kept in the outbox from now on. */
import { createHash } from 'node:crypto';
import { buryConsumed, type DeadLetterEntry, isUuid, keyOf, type Sql } from '../../core/messages/index.ts';
import { DatabaseError } from '../postgres/index.ts';

/** The same id whenever the same message is found again, by whichever task: it is kept once. */
const idOf = ({ envelope }: DeadLetterEntry): string => {
  if (isUuid(envelope.message_id)) return envelope.message_id;
  const digest = createHash('sha256').update(JSON.stringify(envelope)).digest('hex');
  return digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
};

/** Of a message that is not in the outbox, or no more. One that is dead there stays as it is. */
const buryUnknown = async (sql: Sql, dead: DeadLetterEntry, at: string): Promise<void> => {
  const { envelope, error } = dead;
  const { message_id, message_type, payload } = envelope;
  // Whoever wrote it may have no key as short as the index of what is pending takes, and redriving needs that.
  const key = keyOf(typeof payload.model_name === 'string' ? payload.model_name : message_id);
  await sql.query(
    `INSERT INTO public.breakwater_outbox
       (message_id, message_type, ordering_key, payload, dead_at, dead_reason, failures, headers)
     VALUES ($1, $2, $3, $4, now(), $5, $6, $7)
     ON CONFLICT (message_id) DO NOTHING`,
    [
      idOf(dead),
      message_type,
      key,
      JSON.stringify(payload),
      error,
      JSON.stringify([{ at, attempt: 0, reason: error }]),
      JSON.stringify({ original_id: message_id }),
    ],
  );
};

/** Values that PostgreSQL takes in no text and no JSON, such as the character 0, or that JSON.stringify cannot follow. */
const isUnfit = (error: unknown): boolean =>
  error instanceof RangeError || (error instanceof DatabaseError && error.unfit);

/** Gives false when PostgreSQL cannot keep it; whatever else goes wrong is thrown. */
export const bury = async (sql: Sql, dead: DeadLetterEntry): Promise<boolean> => {
  const at = dead.failedAt ?? new Date().toISOString();
  try {
    const known = await buryConsumed(sql, idOf(dead), dead.error, at);
    if (!known) await buryUnknown(sql, dead, at);
    return true;
  } catch (error) {
    if (isUnfit(error)) return false;
    throw error;
  }
};
