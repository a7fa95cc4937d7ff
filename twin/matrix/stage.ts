import { setTimeout as sleep } from 'node:timers/promises';
import { startTwin, type Twin } from '../twin.ts';
import { createAgeing } from './ageing.ts';
import { otherRanges, type Stage } from './run-fault.ts';
import { matrixSettings } from './settings.ts';
import { createTraffic } from './traffic.ts';

const pageSuffix = '-user-impact';

/** Longest that delivery may take after everything works again, milliseconds. */
const deliveryMs = 15_000;

export interface StageOptions {
  progress: (line: string) => void;
  signal: AbortSignal;
}

/** Starts a twin for the matrix. */
export const openStage = async (options: StageOptions): Promise<Stage & { close(): Promise<void> }> => {
  const twin: Twin = await startTwin({ environment: 'development', settings: matrixSettings, ...options });
  const { consumer, foundation, application } = twin;
  const { database, cache, trialKey } = foundation;
  if (!trialKey) throw new Error('The matrix needs the stand-in for auth: it has a key that is accepted.');
  const traffic = createTraffic({ url: twin.service.url, key: trialKey.key });
  const ageing = createAgeing(database, application.database);
  const [page = ''] = twin.evaluator.alarms
    .map(({ definition: { name } }) => name)
    .filter((name) => name.endsWith(pageSuffix));
  const queue = twin.service.settings.MESSAGE_QUEUE_NAME;

  const waiting = async (which: string): Promise<number> => {
    const { rows } = await database.administer(
      `select count(*)::int as count from breakwater_outbox where ${which}`,
      application.database,
    );
    return rows[0].count as number;
  };
  /** Entries of the lists, events that come again after Redis has lost its memory among them. */
  const listed = async (): Promise<number> => {
    const lists = await cache?.administer([
      ['LLEN', `${queue}`],
      ['LLEN', `${queue}:processing`],
    ]);
    return (lists ?? []).map(Number).reduce((sum, one) => sum + one, 0);
  };
  let before = 0;
  const lost = async (): Promise<number> => {
    if (!consumer) return 0;
    /** Acknowledged, not taken, and not in the outbox. */
    const missing = async (): Promise<number> =>
      traffic.acknowledged - (consumer.taken - consumer.again) - (await waiting('sent_at is null'));
    const until = performance.now() + deliveryMs;
    let found = await missing();
    let inLists = await listed();
    while ((inLists > 0 || found > before) && performance.now() < until) {
      await sleep(200);
      found = await missing();
      inLists = await listed();
    }
    // Others may have registered too; what was missing before is not missing anew.
    const since = found - inLists - before;
    before = found;
    return Math.max(0, since);
  };
  return {
    twin,
    prefix: page.slice(0, -pageSuffix.length),
    traffic,
    watch: () => twin.watch({ otherRanges, before: ageing }),
    lost,
    undelivered: () => waiting('sent_at is null and dead_at is null'),
    close: () => twin.stop(),
  };
};
