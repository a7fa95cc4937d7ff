/** Takes messages from the list as today's consumers do, and notes when each came. */
import { Redis } from 'ioredis';

export interface ListConsumer {
  /** When a message came, by its id: milliseconds of this process. */
  readonly came: ReadonlyMap<string, number>;
  /** Resolves once so many have come. */
  until(count: number): Promise<void>;
  stop(): void;
}

export const consumeList = (port: number, queue: string, idOf: (payload: never) => string): ListConsumer => {
  const redis = new Redis({ host: '127.0.0.1', port });
  const came = new Map<string, number>();
  let stopped = false;
  let waiting: { count: number; resolve(): void } | undefined;
  const take = async (): Promise<void> => {
    while (!stopped) {
      const text = await redis.brpoplpush(queue, `${queue}:processing`, 1);
      if (text === null) continue;
      came.set(idOf(JSON.parse(text).payload as never), performance.now());
      if (waiting && came.size >= waiting.count) waiting.resolve();
      // It is not waited for: the next one is taken on the same connection after it.
      redis.lrem(`${queue}:processing`, 1, text).catch(() => undefined);
    }
  };
  void take().catch(() => undefined);
  return {
    came,
    until: (count) =>
      came.size >= count
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting = { count, resolve };
          }),
    stop: () => {
      stopped = true;
      redis.disconnect();
    },
  };
};
