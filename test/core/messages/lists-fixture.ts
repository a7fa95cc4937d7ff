import { keysOf, Relay, redisTransport } from '../../../core/messages/index.ts';
import { CircuitOpenError } from '../../../core/resilience/index.ts';
import { RedisError } from '../../../service/redis/index.ts';
import type { RedisProcess } from '../../fixtures/redis-process.ts';
import { openRedis, pause } from '../../service/redis/redis-fixture.ts';
import type { Outbox } from './outbox-fixture.ts';

export const queue = 'hokusai:model_ready_queue';
export const keys = keysOf(queue);

/** Why Redis cannot be used, as the service judges it. */
export const downCause = (error: unknown): string | undefined =>
  error instanceof RedisError || error instanceof CircuitOpenError ? error.cause : undefined;

export interface ListRelay {
  relay: Relay;
  /** What it said: `down CAUSE`, `resent 3`, `failed ...`. */
  events: string[];
  end(): Promise<void>;
}

/** A relay with a client of its own, as each task of the service has one. */
export const startListRelay = async (at: Outbox, port: number, name = queue): Promise<ListRelay> => {
  const { redis } = openRedis(port);
  await until(() => redis.state.ready > 0, 'a connection');
  const events: string[] = [];
  const relay = new Relay({
    database: at.database,
    transport: redisTransport(redis, name, downCause),
    batch: 50,
    leaseMs: 60_000,
    retries: 3,
    retryDelayMs: 20,
    pollMs: 20,
    events: {
      down: (cause) => events.push(`down ${cause}`),
      resent: (count) => events.push(`resent ${count}`),
      failed: (error) => events.push(`failed ${error}`),
    },
  });
  relay.start();
  return { relay, events, end: () => relay.drain(5_000) };
};

export const until = async (wanted: () => boolean | Promise<boolean>, what = 'it'): Promise<void> => {
  for (const end = performance.now() + 20_000; !(await wanted()); await pause(10))
    if (performance.now() > end) throw new Error(`${what} did not come`);
};

/** Entries of a list in the order in which consumers take them; a part at a time, as replies have a limit. */
export const entriesOf = async (redis: RedisProcess, key = queue): Promise<string[]> => {
  const entries: string[] = [];
  for (let part: string[] = [''], start = 0; part.length > 0; start += part.length) {
    part = (await redis.command('LRANGE', key, String(start), String(start + 49))) as string[];
    entries.push(...part);
  }
  return entries.reverse();
};

/** Numbers of the messages that wait, in the order in which consumers take them. */
export const numbersIn = async (redis: RedisProcess, key = queue): Promise<string[]> =>
  (await entriesOf(redis, key)).map(
    (entry) => String(JSON.parse(entry).payload.model_id).split('/')[1] ?? '',
  );

/** Nothing more may be written that needs memory. */
export const fillMemory = async (redis: RedisProcess): Promise<void> => {
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  await redis.command('CONFIG', 'SET', 'maxmemory', '1');
};
export const freeMemory = async (redis: RedisProcess): Promise<void> => {
  await redis.command('CONFIG', 'SET', 'maxmemory', '0');
};
