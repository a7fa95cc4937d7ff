/** The whole ladder of PostgreSQL, up to a write in the right database. */
import type { PostgresTarget } from '../settings/index.ts';
import { type Budget, monotonicNow } from './budget.ts';
import { type CheckResult, runCheck } from './check.ts';
import { type Outcome, succeeded } from './outcome.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import { openAndExplain, type PostgresCheckOptions } from './postgres-open.ts';
import { usePostgres } from './postgres-usage.ts';

export const postgresTargetName = ({ host, port, database }: PostgresTarget): string =>
  `${host}:${port}/${database}`;

/** Checks PostgreSQL within the budget of the run. */
export const checkPostgres = (options: PostgresCheckOptions, whole: Budget): Promise<CheckResult> =>
  runCheck('postgres', postgresTargetName(options.target), async (climb) => {
    const begin = monotonicNow();
    const opened = await openAndExplain(options, climb, whole);
    if (!opened.ok) return opened;
    const connectMs = monotonicNow() - begin;
    const budget = whole.part(options.queryTimeoutMs);
    const used = await usePostgres(opened.value, climb, budget, { writes: true });
    opened.value.close();
    return used.ok ? succeeded({ connectMs }) : used;
  });

/** A check that keeps its connection from one run to the next, for whoever checks every few seconds. */
export interface LivePostgresCheck {
  /**
   * Asks on the connection that is there, or makes one first. A connection on which something failed or time ran
   * out is closed. `also` runs on the connection once the check itself has passed; its failure is the check's.
   */
  run(
    whole: Budget,
    also?: (connection: PostgresConnection, budget: Budget) => Promise<Outcome<unknown>>,
  ): Promise<CheckResult>;
  close(): void;
}

/**
 * How often a live check proves that writes go through, milliseconds. A failed one is repeated by the next run,
 * because that begins with a connection of its own.
 */
const writeEveryMs = 30_000;

export const livePostgresCheck = (options: PostgresCheckOptions): LivePostgresCheck => {
  let kept: PostgresConnection | undefined;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let closed = false;
  const drop = () => {
    kept?.close();
    kept = undefined;
  };
  return {
    run: (whole, also = async () => succeeded(undefined)) =>
      runCheck('postgres', postgresTargetName(options.target), async (climb) => {
        const begin = monotonicNow();
        const fresh = kept === undefined;
        const opened = kept ? succeeded(kept) : await openAndExplain(options, climb, whole);
        if (!opened.ok) return opened;
        const connectMs = monotonicNow() - begin;
        kept = opened.value;
        const budget = whole.part(options.queryTimeoutMs);
        const writes = fresh || monotonicNow() - writtenAt >= writeEveryMs;
        const used = await usePostgres(kept, climb, budget, { writes });
        if (used.ok && writes) writtenAt = monotonicNow();
        const outcome = used.ok ? await also(kept, budget) : used;
        // Where time ran out, the server may still be at it: whoever asks next would wait for that.
        if (!outcome.ok || closed || budget.remaining() === 0) drop();
        return outcome.ok ? succeeded(fresh ? { connectMs } : {}) : outcome;
      }),
    close: () => {
      closed = true;
      drop();
    },
  };
};
