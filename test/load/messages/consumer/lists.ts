/**
 * A queue as section 5.2 of the service's contract describes it: entries are taken from the far end of a list into
 * `:processing`, and taken out of that once they are done. Nothing of the service is used here.
 */
import { Redis } from 'ioredis';

export interface Entry {
  text: string;
  messageId: string;
  payload: Record<string, unknown>;
  retryCount: number;
  maxRetries: number;
}

export interface Lists {
  /** The next entry; undefined when none came for a second. */
  take(): Promise<Entry | undefined>;
  done(entry: Entry): Promise<void>;
  /** Puts it back with one attempt more, or among the dead letters when it has no further one. */
  fail(entry: Entry, reason: string): Promise<void>;
  close(): void;
}

/** Longer than the second for which taking waits. */
const commandMs = 3_000;
const waitMs = 100;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const read = (text: string): Entry => {
  const { message_id, payload, retry_count, max_retries } = JSON.parse(text);
  return { text, messageId: message_id, payload, retryCount: retry_count, maxRetries: max_retries };
};

/**
 * Resolves once nothing is in `:processing`. This consumer is alone and wants the messages of a model in order: what
 * its last connection had taken must come back before it takes what is behind.
 */
const untilNothingIsTaken = async (redis: Redis, processing: string): Promise<void> => {
  while ((await redis.llen(processing)) > 0) await sleep(waitMs);
};

/** @throws when Redis cannot be used; then this connection is over, and so is every one of its methods */
export const openLists = async (port: number, queue: string): Promise<Lists> => {
  const processing = `${queue}:processing`;
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    retryStrategy: () => null,
    enableOfflineQueue: false,
    connectTimeout: commandMs,
    commandTimeout: commandMs,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await untilNothingIsTaken(redis, processing);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return {
    take: async () => {
      const text = await redis.brpoplpush(queue, processing, 1);
      return text === null ? undefined : read(text);
    },
    done: async ({ text }) => {
      await redis.lrem(processing, 1, text);
    },
    fail: async (entry, reason) => {
      const again = entry.retryCount < entry.maxRetries;
      const moved = again
        ? { ...JSON.parse(entry.text), retry_count: entry.retryCount + 1 }
        : {
            original_message: entry.text,
            error: reason,
            failed_at: new Date().toISOString(),
            original_queue: queue,
          };
      const answers = await redis
        .multi()
        .lpush(again ? queue : `${queue}:dlq`, JSON.stringify(moved))
        .lrem(processing, 1, entry.text)
        .exec();
      const failed = answers?.find(([error]) => error)?.[0];
      if (failed || !answers) throw failed ?? new Error('the transaction was dropped');
    },
    close: () => redis.disconnect(),
  };
};
