/** What is known of the queue, for metrics and health: read in the background, never by a request. */

import type { RedisCommands, SqlDatabase } from '../../core/messages/index.ts';
import { depth, type ListDepth, listDepth, type QueueDepth } from '../../core/messages/index.ts';

export interface MessageMeasure extends QueueDepth {
  lists?: ListDepth;
  /** Seconds for which messages have waited in the list without one being taken. */
  consumerIdleSeconds?: number;
}

interface Look {
  waiting: number;
  /** Messages that were ever sent to the list, by whichever task. */
  sent: number;
}

/** Watches a list for somebody who takes from it. */
export class ConsumerWatch {
  readonly #now: () => number;
  #last: Look | undefined;
  #takenAt: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#takenAt = now();
  }

  /** Gives seconds. */
  note({ waiting, sent }: Look): number {
    const look = { waiting, sent };
    const before = this.#last;
    this.#last = look;
    const arrived = before ? Math.max(0, look.sent - before.sent) : 0;
    const taken = before !== undefined && look.waiting < before.waiting + arrived;
    if (look.waiting === 0 || taken || !before) this.#takenAt = this.#now();
    return Math.round((this.#now() - this.#takenAt) / 100) / 10;
  }
}

export const measure = async (
  database: SqlDatabase,
  lists:
    | { redis: RedisCommands; queue: string; watch: ConsumerWatch; onFailure(error: unknown): void }
    | undefined,
): Promise<MessageMeasure> => {
  const known = await depth(database);
  if (!lists) return known;
  try {
    const found = await listDepth(lists.redis, lists.queue);
    const consumerIdleSeconds = lists.watch.note(found);
    return { ...known, lists: found, consumerIdleSeconds };
  } catch (error) {
    lists.onFailure(error);
    return known;
  }
};
