/** One attempt: a connection, what is done with it, and what becomes of it. */
import type pg from 'pg';
import { type Budget, monotonicNow } from '../../core/checks/index.ts';
import type { PostgresTarget } from '../../core/settings/index.ts';
import { clientSpan } from '../client-span.ts';
import { DatabaseError, type OperationFailure, type Phase, sentFailure } from './failure.ts';
import type { PostgresLimits } from './limits.ts';
import type { ConnectionPool, Lease } from './pool.ts';

/** A transaction that is open. */
export interface Transaction {
  /** @throws DatabaseError */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<Row>>;
}

export interface WorkTools {
  pool: ConnectionPool;
  limits: PostgresLimits;
  target: PostgresTarget;
  onStatement(durationMs: number): void;
}

/** The client itself gives up then: the server answers later than its own limit, or not at all. */
type TimedQuery = pg.QueryConfig & { query_timeout: number };

/** A span for one statement. Its text has placeholders in place of values. */
const traced = <T>(target: PostgresTarget, text: string, work: () => Promise<T>): Promise<T> => {
  const operation = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? 'QUERY';
  const attributes = {
    'db.system.name': 'postgresql',
    'db.namespace': target.database,
    'db.operation.name': operation,
    'db.query.text': text,
    'server.address': target.host,
    'server.port': target.port,
  };
  const error = (thrown: unknown) => (thrown instanceof DatabaseError ? thrown.cause : undefined);
  return clientSpan(operation, attributes, work, { error });
};

/** The client gave up; the server has said nothing. */
const late = ({ cause, evidence }: OperationFailure): boolean =>
  cause === 'QUERY_TIMEOUT' && evidence.sqlstate === undefined;

/** Gives a connection back after a failure, as the failure says. */
const giveBack = (lease: Lease, error: unknown, otherwise: 'keep' | 'close'): void => {
  if (error instanceof DatabaseError) {
    const { fatal, evicts, cause, detail } = error.failure;
    lease.release(evicts ? 'replace' : fatal ? 'close' : 'keep', `${cause}: ${detail}`);
  } else lease.release(otherwise);
};

const send = async <Row extends pg.QueryResultRow>(
  { pool, limits, target, onStatement }: WorkTools,
  { client }: Lease,
  text: string,
  values: unknown[],
  phase: Exclude<Phase, 'connect'>,
  budget: Budget,
): Promise<pg.QueryResult<Row>> => {
  const begin = monotonicNow();
  const patience = Math.max(1, Math.ceil(Math.min(limits.queryMs, budget.remaining())));
  const query: TimedQuery = { text, values, query_timeout: patience };
  try {
    return await traced(target, text, async () => {
      try {
        const result = await pool.progress.asking(() => client.query<Row>(query));
        pool.progress.heard();
        return result;
      } catch (error) {
        const failure = sentFailure(error, phase);
        if (failure.evidence.sqlstate !== undefined) pool.progress.heard();
        // Whose caller had less time than a statement may take knows nothing of the other connections.
        throw new DatabaseError({
          ...failure,
          evicts: failure.evicts && !(late(failure) && patience < limits.queryMs),
        });
      }
    });
  } finally {
    onStatement(monotonicNow() - begin);
  }
};

/** @throws DatabaseError */
export const runStatement = async <Row extends pg.QueryResultRow>(
  tools: WorkTools,
  text: string,
  values: unknown[],
  budget: Budget,
): Promise<pg.QueryResult<Row>> => {
  const lease = await tools.pool.acquire(budget);
  try {
    const result = await send<Row>(tools, lease, text, values, 'statement', budget);
    lease.release('keep');
    return result;
  } catch (error) {
    giveBack(lease, error, 'close');
    throw error;
  }
};

/** The rollback of a failed transaction; a connection on which even that fails is closed. */
const rollBack = async (tools: WorkTools, lease: Lease, budget: Budget): Promise<boolean> => {
  try {
    await send(tools, lease, 'ROLLBACK', [], 'transaction', budget.part(tools.limits.statementMs));
    return true;
  } catch {
    // The connection ends, and with it the transaction.
    return false;
  }
};

/** @throws DatabaseError, or what `work` throws after everything was rolled back */
export const runTransaction = async <T>(
  tools: WorkTools,
  work: (transaction: Transaction) => Promise<T>,
  budget: Budget,
): Promise<T> => {
  const lease = await tools.pool.acquire(budget);
  const query: Transaction['query'] = (text, values = []) =>
    send(tools, lease, text, values, 'transaction', budget);
  try {
    await query('BEGIN');
    const value = await work({ query });
    const { command } = await send(tools, lease, 'COMMIT', [], 'commit', budget);
    // A failed statement whose error `work` has swallowed: the server turned the commit into a rollback.
    if (command === 'ROLLBACK') throw new DatabaseError(swallowed);
    lease.release('keep');
    return value;
  } catch (error) {
    const failure = error instanceof DatabaseError ? error.failure : undefined;
    // Nothing is left to roll back on a connection that ended, or after the server has done it.
    const over = failure?.fatal || failure === swallowed || (await rollBack(tools, lease, budget));
    if (over) giveBack(lease, error, 'keep');
    else lease.release('close');
    throw error;
  }
};

const swallowed = {
  cause: 'STATEMENT_REJECTED',
  detail: 'the transaction was rolled back: a statement in it had failed, and its error was not passed on',
  evidence: {},
  phase: 'commit',
  transient: false,
  outcomeUnknown: false,
  fatal: false,
  evicts: false,
  unavailable: false,
} as const;
