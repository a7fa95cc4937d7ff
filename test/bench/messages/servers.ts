/** What a message queue stands on, as it is in production: PostgreSQL waits for the disk, Redis keeps nothing on it. */
import pg from 'pg';
import type { SqlDatabase } from '../../../core/messages/index.ts';
import { findRedis } from '../../../twin/servers/index.ts';
import { startPostgres } from '../../../twin/servers/postgres.ts';
import { type MigratedDatabase, migratedDatabase, sqlDatabase } from '../../fixtures/migrated-database.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { durable } from '../../load/messages/postgres.ts';
import { sampleMessage } from './sample-messages.ts';

/** Connections of the bench itself to each database. */
const poolSize = 20;

/** An outbox in a database of its own, and connections to it. */
export interface BenchOutbox extends MigratedDatabase {
  pool: pg.Pool;
  database: SqlDatabase;
}

export interface Servers extends BenchOutbox {
  /** Another one on the same server: what is compared in turn meets the same machine. */
  other: BenchOutbox;
  redis: RedisProcess;
  /** Waits for the disk after each command. */
  redisOnDisk: RedisProcess;
  dispose(): Promise<void>;
}

export const startServers = async (): Promise<Servers> => {
  const program = findRedis();
  if (program === undefined) throw new Error('no redis-server is on the PATH');
  const server = await startPostgres({ parameters: { ...durable, shared_buffers: '256MB' } });
  const outbox = async (name: string): Promise<BenchOutbox> => {
    const migrated = await migratedDatabase(server, name);
    const pool = new pg.Pool({ ...migrated.login, max: poolSize });
    return { ...migrated, pool, database: sqlDatabase(pool) };
  };
  const own = await outbox('app');
  const other = await outbox('other');
  const redis = await startRedisProcess(program);
  const redisOnDisk = await startRedisProcess(program, { appendonly: 'yes', appendfsync: 'always' });
  return {
    ...own,
    other,
    redis,
    redisOnDisk,
    dispose: async () => {
      await Promise.all([own.pool.end(), other.pool.end()]);
      redis.dispose();
      redisOnDisk.dispose();
      await server.dispose();
    },
  };
};

/** Adds so many messages of so many keys. */
export const addToOutbox = async ({ pool }: BenchOutbox, count: number, keys: number): Promise<void> => {
  const { type, payload } = sampleMessage('model', 0);
  await pool.query(
    `INSERT INTO breakwater_outbox (message_id, message_type, ordering_key, payload, headers)
     SELECT gen_random_uuid(), $1, 'model-' || number % $2, $3, '{}' FROM generate_series(1, $4::integer) number`,
    [type, keys, JSON.stringify(payload), count],
  );
};

/**
 * Puts so many messages into an outbox that was emptied, and leaves PostgreSQL at rest, knowing what is there: whatever is
 * measured next begins with the same.
 */
export const fillOutbox = async (outbox: BenchOutbox, count: number, keys: number): Promise<void> => {
  await outbox.pool.query('TRUNCATE breakwater_outbox, breakwater_transports RESTART IDENTITY');
  await addToOutbox(outbox, count, keys);
  await outbox.pool.query('VACUUM ANALYZE breakwater_outbox');
  await outbox.pool.query('CHECKPOINT');
};

export const emptyOutbox = (outbox: BenchOutbox): Promise<void> => fillOutbox(outbox, 0, 1);
