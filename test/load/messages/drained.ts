/** Waits until nothing is under way any more. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { askRedis } from './redis-ask.ts';
import type { Scene } from './scene.ts';

/** What is still somewhere, by the name of the place. */
export type Waiting = Record<'pending' | 'queue' | 'processing' | 'dlq', number>;

export class NotDrained extends Error {}

/** Time between two looks, milliseconds. */
const lookMs = 250;

/**
 * For so long everything must be empty, milliseconds: a relay that has nothing to do must notice meanwhile that Redis has
 * lost its memory, and no publisher helps it by publishing.
 */
const quietMs = 4_000;

export const connectTo = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

const look = async (client: pg.Client, { redisPort, queue }: Scene): Promise<Waiting> => {
  const length = async (key: string) => Number(await askRedis(redisPort, 'LLEN', key));
  const { rows } = await client.query<{ pending: string }>(
    'SELECT count(*) AS pending FROM breakwater_outbox WHERE sent_at IS NULL AND dead_at IS NULL',
  );
  return {
    pending: Number(rows[0]?.pending),
    queue: await length(queue),
    processing: await length(`${queue}:processing`),
    dlq: await length(`${queue}:dlq`),
  };
};

/** Runs of the events that are still in the lists, in whichever form. */
export const runsInLists = async ({ redisPort, queue }: Scene): Promise<string[]> => {
  const lists = [queue, `${queue}:processing`, `${queue}:dlq`];
  const entries = await Promise.all(lists.map((key) => askRedis(redisPort, 'LRANGE', key, '0', '-1')));
  return (entries as string[][]).flat().map((entry) => {
    const value = JSON.parse(entry);
    return (value.original_message ? JSON.parse(value.original_message) : value).payload.mlflow_run_id;
  });
};

/** @throws NotDrained after `patienceMs`, with what is left */
export const untilDrained = async (
  client: pg.Client,
  scene: Scene,
  patienceMs: number,
  signal: AbortSignal,
): Promise<void> => {
  const end = performance.now() + patienceMs;
  let emptySince: number | undefined;
  for (;;) {
    const waiting = await look(client, scene);
    const empty = Object.values(waiting).every((count) => count === 0);
    emptySince = empty ? (emptySince ?? performance.now()) : undefined;
    if (emptySince !== undefined && performance.now() - emptySince > quietMs) return;
    if (performance.now() > end)
      throw new NotDrained(
        `after ${Math.round(patienceMs / 1_000)} s there is still: ${Object.entries(waiting)
          .map(([place, count]) => `${place} ${count}`)
          .join(', ')}`,
      );
    await sleep(lookMs, undefined, { signal });
  }
};
