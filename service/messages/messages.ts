/** The message queue of this process: its relay, what it listens to, and what it looks after in the background. */
import type { SecretReader } from '../../core/checks/index.ts';
import { careForLists, Relay, type RelayEvents } from '../../core/messages/index.ts';
import { CircuitOpenError } from '../../core/resilience/index.ts';
import type { PostgresTarget } from '../../core/settings/index.ts';
import type { Contract } from '../contract.ts';
import type { Log } from '../log.ts';
import { type Database, DatabaseError } from '../postgres/index.ts';
import { type Redis, RedisError } from '../redis/index.ts';
import { bury } from './bury.ts';
import { createCleanUp } from './clean-up.ts';
import { EvictionWatch } from './eviction.ts';
import { messageLimits } from './limits.ts';
import { listen } from './listener.ts';
import { ConsumerWatch, type MessageMeasure, measure } from './measure.ts';
import { repeat } from './repeat.ts';
import { outboxDatabase } from './sql.ts';
import { chooseTransport } from './transports.ts';

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
  /** What is set so that messages may be lost, as a sentence. */
  readonly warning: string | undefined;
  /** Begins to deliver; gives what ends it, within the milliseconds that it is given. */
  start(): (ms: number) => Promise<void>;
}

/** The database says of itself that it is away. */
const isKnown = (error: unknown): boolean =>
  error instanceof DatabaseError || error instanceof CircuitOpenError || error instanceof RedisError;

const eventsOf = (log: Log, name: string): RelayEvents => ({
  passed: ({ sent, failed, dead, lost }) => {
    if (failed + dead + lost > 0)
      log.warn({ transport: name, sent, failed, dead, lost }, 'messages were not delivered');
  },
  down: (cause, detail) =>
    log.warn({ transport: name, cause, detail }, 'messages wait: the transport is down'),
  up: () => log.info({ transport: name }, 'messages are delivered again'),
  resent: (count, serverId) =>
    log.warn(
      { transport: name, count, serverId },
      'the transport has lost its memory: messages are sent again',
    ),
  failed: (error) => {
    if (!isKnown(error)) log.error({ transport: name, error: String(error) }, 'the relay has failed');
  },
});

export const createMessages = (options: MessagesOptions): Messages => {
  const { contract, target, database, secrets, redis, log } = options;
  const { reading, health } = contract;
  const limits = messageLimits(reading);
  const sql = outboxDatabase(database);
  const chosen = chooseTransport(reading, limits, redis);
  const lists = chosen?.lists && { ...chosen.lists, watch: new ConsumerWatch(() => performance.now()) };
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
      events: eventsOf(log, chosen.transport.name),
    });

  const looking = (
    what: string,
    everyMs: number,
    work: () => Promise<unknown>,
    firstMs = everyMs,
  ): Disposable => {
    const onError = (error: unknown): void => {
      if (!isKnown(error)) log.error({ error: String(error) }, `${what} failed`);
    };
    return repeat(everyMs, work, onError, firstMs);
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
    get warning() {
      return eviction?.warning;
    },
    start: () => {
      const background = [
        looking(
          'measuring the outbox',
          limits.measureMs,
          async () => {
            try {
              measured = await measure(sql, lists);
            } catch (error) {
              // An old number would look like a true one.
              measured = undefined;
              throw error;
            }
          },
          limits.firstMs,
        ),
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
