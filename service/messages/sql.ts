import type { Sql, SqlDatabase } from '../../core/messages/index.ts';
import type { Database } from '../postgres/index.ts';

/**
 * The outbox over the pool of the service, with its deadlines, retries and breaker. Everything that the queue does may be
 * done twice: a claim whose answer was lost ends with its lease, and what is acknowledged twice is lost to nobody.
 */
export const outboxDatabase = (database: Database): SqlDatabase => ({
  query: (text, values) => database.query(text, values, { repeatable: true }),
  transaction: (work) =>
    database.transaction((transaction) => work(transaction as Sql), { repeatable: true }),
});
