/** The message queue of this process: its relay, what it listens to, and what it looks after in the background. */

import type { CauseCode } from '../../core/causes/index.ts';
import type { SecretReader } from '../../core/checks/index.ts';
import { careForLists, Relay, type RelayEvents, wrongKeyText } from '../../core/messages/index.ts';
import type { PostgresTarget } from '../../core/settings/index.ts';
import type { Contract } from '../contract.ts';
import type { Log } from '../log.ts';
import type { Database } from '../postgres/index.ts';
import type { Redis } from '../redis/index.ts';
import { bury } from './bury.ts';
import { createCleanUp } from './clean-up.ts';
import { EvictionWatch } from './eviction.ts';
import { messageLimits } from './limits.ts';
import { listen } from './listener.ts';
import { ConsumerWatch, type MessageMeasure, measure } from './measure.ts';
import { repeat } from './repeat.ts';
import { outboxDatabase } from './sql.ts';
import { chooseTransport } from './transports.ts';
import { type Trouble, Troubles } from './troubles.ts';

export interface MessagesOptions {
  contract: Contract;
  target: PostgresTarget;
  database: Database;
  secrets: SecretReader;
  redis?: Redis;
  log: Log;
}

export interface Messages {
  /** Something was published: it need not wait for the next look. */
  wake(): void;
  /** What was last known; undefined before the first look. */
  readonly measured: MessageMeasure | undefined;
  /** What keeps it from its work although its servers answer, by that work. */
  readonly troubles: ReadonlyMap<string, Readonly<Trouble>>;
  /** What is set so that messages may be lost, as a sentence. */
  readonly warning: string | undefined;
  /** Begins to deliver; gives what ends it, within the milliseconds that it is given. */
  start(): (ms: number) => Promise<void>;
}

const delivering = 'delivering messages';

const eventsOf = (log: Log, name: string, troubles: Troubles): RelayEvents => ({
  passed: ({ sent, failed, dead, lost }) => {
    troubles.ended(delivering);
    if (failed + dead + lost > 0)
      log.warn({ transport: name, sent, failed, dead, lost }, 'messages were not delivered');
  },
  down: (cause, detail) => {
    log.warn({ transport: name, cause, detail }, 'messages wait: the transport is down');
    troubles.note(delivering, { cause: cause as CauseCode, detail });
  },
  up: () => {
    log.info({ transport: name }, 'messages are delivered again');
    troubles.note(delivering, undefined);
  },
  resent: (count, serverId) =>
    log.warn(
      { transport: name, count, serverId },
      'the transport has lost its memory: messages are sent again',
    ),
  failed: (error) => troubles.failed(delivering, error),
});

export const createMessages = (options: MessagesOptions): Messages => {
  const { contract, target, database, secrets, redis, log } = options;
  const { reading, health } = contract;
  const limits = messageLimits(reading);
  const sql = outboxDatabase(database);
  const chosen = chooseTransport(reading, limits, redis);
  const lists = chosen?.lists && { ...chosen.lists, watch: new ConsumerWatch(() => performance.now()) };
  const troubles = new Troubles(log);
  const eviction = lists && new EvictionWatch(lists.redis, log);
  const cleanUp = createCleanUp({
    sql,
    keptMs: limits.keptMs,
    lists: chosen?.lists && { ...chosen.lists, transport: chosen.transport.name },
    log,
  });
  let measured: MessageMeasure | undefined;

  const relay =
    chosen &&
    new Relay({
      ...limits,
      batch: chosen.batch,
      database: sql,
      transport: chosen.transport,
      events: eventsOf(log, chosen.transport.name, troubles),
    });

  const looking = (
    what: string,
    everyMs: number,
    work: () => Promise<unknown>,
    firstMs = everyMs,
  ): Disposable => {
    const all = async (): Promise<void> => {
      await work();
      troubles.ended(what);
    };
    return repeat(everyMs, all, (error) => troubles.failed(what, error), firstMs);
  };
  const counting = 'counting the lists';
  const look = async (): Promise<void> => {
    let failure: { error: unknown } | undefined;
    const onFailure = (error: unknown): void => {
      failure = { error };
    };
    try {
      measured = await measure(sql, lists && { ...lists, onFailure });
    } catch (error) {
      // An old number would look like a true one.
      measured = undefined;
      throw error;
    }
    if (failure) return troubles.failed(counting, failure.error);
    const detail = measured.lists?.wrong?.map(wrongKeyText).join('; ');
    troubles.found(counting, detail ? { cause: 'STATEMENT_REJECTED', detail } : undefined);
  };
  const care = async (): Promise<void> => {
    if (!lists) return;
    const report = await careForLists(lists.redis, lists.queue, {
      reclaimMs: limits.reclaimMs,
      bury: (dead) => bury(sql, dead),
    });
    if (report.reclaimed + report.buried + report.unparsable > 0)
      log.warn({ queue: lists.queue, ...report }, 'messages of consumers that died or gave up');
  };

  return {
    wake: () => relay?.wake(),
    get measured() {
      return measured;
    },
    troubles: troubles.all,
    get warning() {
      return eviction?.warning;
    },
    start: () => {
      const background = [
        looking('measuring the outbox', limits.measureMs, look, limits.firstMs),
        looking('cleaning the outbox up', limits.cleanUpMs, cleanUp),
        ...(eviction
          ? [looking('looking what Redis evicts', limits.measureMs, () => eviction.look(), limits.firstMs)]
          : []),
        ...(lists ? [looking('looking after the lists', limits.careMs, care)] : []),
        ...(relay
          ? [
              listen({
                target,
                secrets,
                dnsMs: health.dnsMs,
                queryMs: health.queryMs,
                onNotification: () => relay.wake(),
              }),
            ]
          : []),
      ];
      relay?.start();
      return async (ms) => {
        for (const task of background) task[Symbol.dispose]();
        await relay?.drain(ms);
        chosen?.close();
      };
    },
  };
};
