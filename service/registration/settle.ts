/** What becomes of a registration that an attempt could not complete. */
import { MessageRefused } from '../../core/messages/index.ts';
import { CircuitOpenError } from '../../core/resilience/index.ts';
import { type Database, DatabaseError } from '../postgres/index.ts';
import { UpstreamBusy, UpstreamError } from '../upstream/index.ts';
import { Refused } from './request.ts';
import { forget } from './store.ts';

/** Seconds for which MLflow may still be at work on a request that this side has given up. */
const graceSeconds = 10;

/** Whether MLflow has heard nothing of the request. PostgreSQL is asked after it, and may be away by then. */
const nothingSent = (error: unknown): boolean =>
  (error instanceof CircuitOpenError && error.breaker !== 'postgres') ||
  error instanceof UpstreamBusy ||
  (error instanceof UpstreamError && error.phase === 'connect');

/**
 * Whether the same attempt would end in the same way for ever. After a refusal of ours or of MLflow there is no version;
 * for what cannot be written there may be one, and nobody could record it.
 */
const refusedForGood = (error: unknown): boolean =>
  (error instanceof Refused && error.statusCode < 500) ||
  error instanceof MessageRefused ||
  (error instanceof DatabaseError && error.unfit);

/**
 * Forgets the request, or leaves it to its next attempt, once what was sent to MLflow has surely ended there. Gives
 * which.
 */
export const settle = async (
  database: Database,
  registrationId: string,
  kind: 'new' | 'resumed',
  error: unknown,
): Promise<'forgotten' | 'open'> => {
  if (refusedForGood(error) || (kind === 'new' && nothingSent(error))) {
    await forget(database, registrationId);
    return 'forgotten';
  }
  await database.query(
    `UPDATE public.breakwater_registrations SET claimed_until = now() + $2 * interval '1 second'
     WHERE registration_id = $1 AND answer IS NULL`,
    [registrationId, graceSeconds],
    { repeatable: true },
  );
  return 'open';
};
