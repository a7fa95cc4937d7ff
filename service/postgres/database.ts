/**
 * What the rest of the service uses of PostgreSQL: queries and transactions with deadlines, retries where they
 * are safe, and a circuit breaker that hears of every attempt.
 */
import type pg from 'pg';
import { type Budget, budgetOf, monotonicNow } from '../../core/checks/index.ts';
import { type AttemptResult, type Breaker, CircuitOpenError, retry } from '../../core/resilience/index.ts';
import type { PostgresTarget } from '../../core/settings/index.ts';
import type { Log } from '../log.ts';
import { DatabaseError, type OperationFailure } from './failure.ts';
import type { PostgresLimits } from './limits.ts';
import type { ConnectionPool } from './pool.ts';
import { runStatement, runTransaction, type Transaction } from './work.ts';

export interface OperationOptions {
  /**
   * Whether it may be done twice: a read, or a write that carries its idempotency key. Without it a write
   * whose outcome is unknown is not repeated.
   */
  repeatable?: boolean;
  /** For everything, retries included; milliseconds. */
  deadlineMs?: number;
}

export interface Database {
  /**
   * One statement with its own commit.
   * @throws DatabaseError, or CircuitOpenError while the breaker is open
   */
  query<Row extends pg.QueryResultRow>(
    text: string,
    values?: unknown[],
    options?: OperationOptions,
  ): Promise<pg.QueryResult<Row>>;
  /**
   * Statements that are done all or none. `work` may run again after a failure that was rolled back, so it
   * changes nothing but the database.
   * @throws DatabaseError, CircuitOpenError, or what `work` throws (then everything is rolled back)
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>, options?: OperationOptions): Promise<T>;
  /** One attempt of a trivial query through the breaker: how it recovers without traffic. Never rejects. */
  trial(): Promise<void>;
}

/** Told of each operation and each statement, for the metrics. */
export interface DatabaseObserver {
  operation(outcome: 'ok' | 'failed' | 'refused'): void;
  statement(durationMs: number): void;
}

export interface DatabaseOptions {
  target: PostgresTarget;
  pool: ConnectionPool;
  breaker: Breaker;
  limits: PostgresLimits;
  log: Log;
  observer: DatabaseObserver;
  random?: () => number;
}

type Try<T> = (budget: Budget) => Promise<T>;

/** Longest pause between two attempts. */
const longestPauseMs = 5_000;

const failedBy = (error: unknown): OperationFailure | undefined =>
  error instanceof DatabaseError ? error.failure : undefined;

const refused = (rejection: CircuitOpenError): AttemptResult<never> => ({
  ok: false,
  error: rejection,
  failure: { cause: rejection.cause, transient: false, outcomeUnknown: false },
});

export const createDatabase = (options: DatabaseOptions): Database => {
  const { breaker, limits, log, observer, target } = options;
  /** Those who wait for their next attempt; an opening breaker wakes them to be refused at once. */
  const sleepers = new Set<() => void>();
  breaker.onTransition(({ to }) => {
    if (to !== 'open') return;
    for (const wake of sleepers) wake();
    options.pool.endWaits();
  });
  // Its request has been told that it took too long; how it ended in the end is news all the same.
  options.pool.onAbandoned = (failure) => {
    if (breaker.status().state !== 'closed') return;
    const admission = breaker.admit();
    if (!admission.admitted) return;
    if (failure?.unavailable) admission.permit.fail(failure.cause);
    else admission.permit.succeed();
  };

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      // It opened while this attempt was under way: the next one is refused, and need not wait for that.
      if (breaker.status().state === 'open') return resolve();
      const wake = () => {
        clearTimeout(timer);
        sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      sleepers.add(wake);
    });

  /** One attempt through the breaker. Never throws what the database did; that is its result. */
  const attempt = async <T>(work: Try<T>, budget: Budget): Promise<AttemptResult<T>> => {
    const admission = breaker.admit();
    if (!admission.admitted) return refused(admission.rejection);
    try {
      const value = await work(budget);
      admission.permit.succeed();
      return { ok: true, value };
    } catch (error) {
      const failure = failedBy(error);
      if (failure?.cause === 'POOL_EXHAUSTED') {
        admission.permit.release();
        // The breaker opened while it waited in line, which ended the wait: that is the answer.
        const again = breaker.status().state === 'open' ? breaker.admit() : undefined;
        if (again && !again.admitted) return refused(again.rejection);
        again?.permit.release();
      }
      // A permit counts once: after the release above these say nothing.
      if (failure?.unavailable) admission.permit.fail(failure.cause);
      else admission.permit.succeed();
      if (failure) return { ok: false, error, failure };
      // Thrown by the caller's own code in the middle of a transaction: the database did its part.
      throw error;
    }
  };

  const logFailure =
    (begun: number, before: () => number) =>
    (number: number, failure: { cause: string }, delayMs: number | undefined, error: unknown): void => {
      const { host, port, database, user } = target;
      const known = failedBy(error);
      log.warn(
        {
          dependency: 'postgres',
          host,
          port,
          database,
          user,
          phase: known?.phase ?? 'breaker',
          cause: failure.cause,
          detail: known?.detail ?? (error as Error).message,
          attempt: number,
          durationMs: Math.round(monotonicNow() - before()),
          totalMs: Math.round(monotonicNow() - begun),
          ...(delayMs === undefined ? {} : { againInMs: Math.round(delayMs) }),
        },
        delayMs === undefined ? 'database operation failed' : 'database operation will be repeated',
      );
    };

  const operate = async <T>(
    work: Try<T>,
    { repeatable = false, deadlineMs = limits.operationMs }: OperationOptions,
  ) => {
    const whole = budgetOf(deadlineMs);
    const begun = monotonicNow();
    let attemptBegun = begun;
    let attempts = 0;
    let lastError: unknown;
    const report = logFailure(begun, () => attemptBegun);
    const result = await retry(
      async () => {
        attempts += 1;
        attemptBegun = monotonicNow();
        const outcome = await attempt(work, whole);
        if (!outcome.ok) lastError = outcome.error;
        return outcome;
      },
      {
        policy: {
          retries: limits.retries,
          baseDelayMs: limits.retryDelayMs,
          maxDelayMs: Math.max(longestPauseMs, limits.retryDelayMs),
          repeatable,
        },
        remainingMs: () => whole.remaining(),
        sleep,
        onFailure: (number, failure, delayMs) => {
          // A refused statement is the caller's to report, and a rejection says nothing new of the database.
          const told = failedBy(lastError)?.unavailable;
          if (told || delayMs !== undefined) report(number, failure, delayMs, lastError);
        },
        ...(options.random ? { random: options.random } : {}),
      },
    );
    if (result.ok) return result.value;
    const failure = failedBy(result.error);
    throw failure ? new DatabaseError(failure, attempts) : result.error;
  };

  /** Counts the operation once, whatever its attempts were. */
  const counted = async <T>(work: Try<T>, chosen: OperationOptions = {}): Promise<T> => {
    try {
      const value = await operate(work, chosen);
      observer.operation('ok');
      return value;
    } catch (error) {
      const unavailable = error instanceof CircuitOpenError || failedBy(error)?.unavailable;
      const exhausted = failedBy(error)?.cause === 'POOL_EXHAUSTED';
      observer.operation(unavailable || exhausted ? 'failed' : 'refused');
      throw error;
    }
  };

  const tools = { pool: options.pool, limits, target, onStatement: observer.statement };
  return {
    query: (text, values = [], chosen) =>
      counted((budget) => runStatement(tools, text, values, budget), chosen),
    transaction: (work, chosen) => counted((budget) => runTransaction(tools, work, budget), chosen),
    trial: async () => {
      await attempt((budget) => runStatement(tools, 'SELECT 1', [], budget), budgetOf(limits.operationMs));
    },
  };
};
