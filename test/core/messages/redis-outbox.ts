import { Redis } from 'ioredis';
import pg from 'pg';
import {
  modelReady,
  modelReadyType,
  publishBatch,
  type RedisCommands,
  Relay,
  type RelayEvents,
  redisTransport,
  type SqlDatabase,
} from '../../../core/messages/index.ts';
import { startPostgres } from '../../../twin/servers/postgres.ts';
import { migratedDatabase, sqlDatabase } from '../../fixtures/migrated-database.ts';
import { startRedisProcess } from '../../fixtures/redis-process.ts';

export const queue = 'hokusai:model_ready_queue';

/** A Redis of its own, with a connection that stays. */
export interface TestRedis extends RedisCommands {
  dispose(): void;
}

export const startRedis = async (program: string): Promise<TestRedis> => {
  const server = await startRedisProcess(program);
  const client = new Redis({ host: '127.0.0.1', port: server.port });
  return {
    command: (name, ...args) => client.call(name, ...args),
    dispose: () => {
      client.disconnect();
      server.dispose();
    },
  };
};

/** An outbox in a real PostgreSQL beside a real Redis, on both of which nothing else happens. */
export interface RedisOutbox {
  database: SqlDatabase;
  redis: TestRedis;
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  publish(key: string, ...numbers: number[]): Promise<void>;
  transport(): ReturnType<typeof redisTransport>;
  relay(events?: RelayEvents): Relay;
  /** The numbers in the list, the one that is taken first in front. */
  waiting(): Promise<number[]>;
  pending(): Promise<number>;
  empty(): Promise<void>;
  dispose(): Promise<void>;
}

/** It refuses connections, or its answer ends. */
const downCause = (): string => 'CONNECTION_REFUSED';

export const aPayload = (key: string, number: number) => ({
  ...modelReady(
    {
      token_symbol: 'hok-1',
      metric_name: 'accuracy',
      baseline_value: 0.8,
      current_value: 0.85,
      model_id: `${key}/${number}`,
      model_name: key,
      model_version: String(number),
    },
    new Date(0),
  ),
});

export const startRedisOutbox = async (program: string): Promise<RedisOutbox> => {
  const [server, redis] = await Promise.all([startPostgres(), startRedis(program)]);
  const { login } = await migratedDatabase(server);
  const pool = new pg.Pool({ ...login, max: 8 });
  const database = sqlDatabase(pool);
  const transport = () => redisTransport(redis, queue, downCause);
  const sql: RedisOutbox['sql'] = async (text, values) => (await pool.query(text, values)).rows;
  return {
    database,
    redis,
    sql,
    publish: async (key, ...numbers) => {
      const results = await publishBatch(
        database,
        numbers.map((number) => ({ type: modelReadyType, key, payload: aPayload(key, number) })),
      );
      for (const result of results) if (!result.ok) throw result.error;
    },
    transport,
    relay: (events) =>
      new Relay({
        database,
        transport: transport(),
        batch: 100,
        leaseMs: 60_000,
        retries: 3,
        retryDelayMs: 10,
        pollMs: 50,
        ...(events ? { events } : {}),
      }),
    waiting: async () =>
      ((await redis.command('LRANGE', queue, 0, -1)) as string[])
        .map((entry) => Number(JSON.parse(entry).payload.model_version))
        .reverse(),
    pending: async () =>
      Number(
        (await sql('SELECT count(*) FROM breakwater_outbox WHERE sent_at IS NULL AND dead_at IS NULL'))[0]
          ?.count,
      ),
    empty: async () => {
      await sql('TRUNCATE breakwater_outbox, breakwater_transports RESTART IDENTITY');
      await redis.command('FLUSHALL');
    },
    dispose: async () => {
      await pool.end();
      redis.dispose();
      await server.dispose();
    },
  };
};

/** Fails when it does not come within 10 s. */
export const until = async (wanted: () => Promise<boolean>): Promise<void> => {
  const end = performance.now() + 10_000;
  while (!(await wanted())) {
    if (performance.now() > end) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
