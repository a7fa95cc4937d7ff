import type { Envelope, Sql } from '../../core/messages/index.ts';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** A dead letter of a message that is not in the outbox, or no more: it is kept there from now on. */
export const buryUnknown = async (
  sql: Sql,
  envelope: Envelope,
  reason: string,
  at: string,
): Promise<void> => {
  const { message_id, message_type, payload } = envelope;
  const key = typeof payload.model_name === 'string' ? payload.model_name : message_id;
  await sql.query(
    `INSERT INTO public.breakwater_outbox
       (message_id, message_type, ordering_key, payload, dead_at, dead_reason, failures, headers)
     VALUES (coalesce($1::uuid, gen_random_uuid()), $2, $3, $4, now(), $5, $6, $7)
     ON CONFLICT (message_id) DO NOTHING`,
    [
      uuid.test(message_id) ? message_id : null,
      message_type,
      key,
      JSON.stringify(payload),
      reason,
      JSON.stringify([{ at, attempt: 0, reason }]),
      JSON.stringify({ original_id: message_id }),
    ],
  );
};
