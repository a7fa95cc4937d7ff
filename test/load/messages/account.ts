/** What became of every event, by the outbox and by the consumer's own table. */
import type pg from 'pg';
import { type PlannedEvent, runOf } from './events.ts';

export interface Account {
  /** Acknowledged to their publisher. */
  sent: number;
  /** Done by the consumer, each counted once. */
  delivered: number;
  /** Deliveries of what it had done before, which the inbox kept from being done again. */
  duplicates: number;
  /** Dead letters in the outbox, and how many of them were poison. */
  dead: number;
  poison: number;
  /** Neither delivered nor dead. */
  lost: number;
  lostRuns: string[];
  /** Events that stand in the outbox more than once, or were done more than once. */
  twice: number;
  /** Deliveries after a later one of the same model. */
  disorder: number;
  disorders: string[];
}

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

/** Most names of what went wrong; the number is always whole. */
const named = 20;

export const takeAccount = async (
  client: pg.Client,
  events: readonly PlannedEvent[],
  sent: number,
): Promise<Account> => {
  const { rows: done } = await client.query<Done>('SELECT model, run FROM chaos_done ORDER BY place');
  const { rows: written } = await client.query<{ run: string; dead: boolean }>(
    `SELECT payload->>'mlflow_run_id' AS run, dead_at IS NOT NULL AS dead FROM breakwater_outbox`,
  );
  const { rows: again } = await client.query<{ count: string }>('SELECT count(*) FROM chaos_again');
  const delivered = new Set(done.map(({ run }) => run));
  const dead = new Set(written.filter((row) => row.dead).map(({ run }) => run));
  const lost = events.map(runOf).filter((run) => !delivered.has(run) && !dead.has(run));
  const disorders = disordersOf(done);
  return {
    sent,
    delivered: delivered.size,
    duplicates: Number(again[0]?.count),
    dead: dead.size,
    poison: events.filter((event) => event.poison && dead.has(runOf(event))).length,
    lost: lost.length,
    lostRuns: lost.slice(0, named),
    twice: done.length - delivered.size + written.length - new Set(written.map(({ run }) => run)).size,
    disorder: disorders.length,
    disorders: disorders.slice(0, named),
  };
};
