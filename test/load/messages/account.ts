/** What became of every event, by the outbox and by the consumer's own table. */
import type pg from 'pg';
import { type PlannedEvent, runOf } from './events.ts';

/** Most names of what went wrong; the number is always whole. */
const named = 20;

export interface Account {
  /** Acknowledged to their publisher: these must not be lost. */
  sent: number;
  /** Of the others, whose publisher was never told, so many came all the same: delivered or dead. */
  unacknowledged: number;
  unacknowledgedCame: number;
  /** Done by the consumer, each counted once. */
  delivered: number;
  /** Deliveries of what it had done before, which the inbox kept from being done again. */
  duplicates: number;
  /** Dead letters in the outbox, and how many of them were poison. */
  dead: number;
  poison: number;
  /** Acknowledged and still in the outbox or in a list, when the account was taken. */
  waiting: number;
  /** Acknowledged, and neither delivered nor dead nor waiting. */
  lost: number;
  lostRuns: string[];
  /** Events that stand in the outbox more than once, or were done more than once. */
  twice: number;
  /** Deliveries after a later one of the same model. */
  disorder: number;
  disorders: string[];
}

/** Where the events of a run were found, by their runs. */
export interface Found {
  acknowledged: ReadonlySet<string>;
  delivered: ReadonlySet<string>;
  dead: ReadonlySet<string>;
  /** Pending in the outbox, or in a list of Redis. */
  waiting: ReadonlySet<string>;
}

/** What became of the events, and which were lost. */
export const fatesOf = (
  events: readonly PlannedEvent[],
  { acknowledged, delivered, dead, waiting }: Found,
) => {
  const isThere = (run: string): boolean => delivered.has(run) || dead.has(run);
  const runs = events.map(runOf);
  const missing = runs.filter((run) => acknowledged.has(run) && !isThere(run));
  const untold = runs.filter((run) => !acknowledged.has(run));
  const lost = missing.filter((run) => !waiting.has(run));
  return {
    sent: acknowledged.size,
    unacknowledged: untold.length,
    unacknowledgedCame: untold.filter(isThere).length,
    waiting: missing.length - lost.length,
    lost: lost.length,
    lostRuns: lost.slice(0, named),
  };
};

interface Done extends pg.QueryResultRow {
  model: string;
  run: string;
}

const numberOf = (run: string): number => Number(run.replace('event-', ''));

/** First deliveries that came after a later event of their model. */
export const disordersOf = (done: readonly Pick<Done, 'model' | 'run'>[]): string[] => {
  const latest = new Map<string, number>();
  const found: string[] = [];
  for (const { model, run } of done) {
    const number = numberOf(run);
    const before = latest.get(model) ?? -1;
    if (number < before) found.push(`${model}: ${run} after event-${before}`);
    latest.set(model, Math.max(before, number));
  }
  return found;
};

export const takeAccount = async (
  client: pg.Client,
  events: readonly PlannedEvent[],
  acknowledged: ReadonlySet<string>,
  /** Runs of what is still in the lists. */
  listed: readonly string[],
): Promise<Account> => {
  const { rows: done } = await client.query<Done>('SELECT model, run FROM chaos_done ORDER BY place');
  const { rows: written } = await client.query<{ run: string; dead: boolean; pending: boolean }>(
    `SELECT payload->>'mlflow_run_id' AS run, dead_at IS NOT NULL AS dead,
       sent_at IS NULL AND dead_at IS NULL AS pending FROM breakwater_outbox`,
  );
  const { rows: again } = await client.query<{ count: string }>('SELECT count(*) FROM chaos_again');
  const delivered = new Set(done.map(({ run }) => run));
  const runsWhere = (wanted: (row: { dead: boolean; pending: boolean }) => boolean): string[] =>
    written.filter(wanted).map(({ run }) => run);
  const dead = new Set(runsWhere((row) => row.dead));
  const waiting = new Set([...runsWhere(({ pending }) => pending), ...listed]);
  const disorders = disordersOf(done);
  return {
    ...fatesOf(events, { acknowledged, delivered, dead, waiting }),
    delivered: delivered.size,
    duplicates: Number(again[0]?.count),
    dead: dead.size,
    poison: events.filter((event) => event.poison && dead.has(runOf(event))).length,
    twice: done.length - delivered.size + written.length - new Set(written.map(({ run }) => run)).size,
    disorder: disorders.length,
    disorders: disorders.slice(0, named),
  };
};
