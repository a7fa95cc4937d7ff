/** What a message queue stands on, as it is in production: PostgreSQL waits for the disk, Redis keeps nothing on it. */
import pg from 'pg';
import type { SqlDatabase } from '../../../core/messages/index.ts';
import { findRedis } from '../../../twin/servers/index.ts';
import { startPostgres } from '../../../twin/servers/postgres.ts';
import { type MigratedDatabase, migratedDatabase, sqlDatabase } from '../../fixtures/migrated-database.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { durable } from '../../load/messages/postgres.ts';
import { sampleMessage } from './sample-messages.ts';

/** Connections of the bench itself. */
const poolSize = 20;

export interface Servers extends MigratedDatabase {
  pool: pg.Pool;
  database: SqlDatabase;
  redis: RedisProcess;
  /** Waits for the disk after each command. */
  redisOnDisk: RedisProcess;
  dispose(): Promise<void>;
}

export const startServers = async (): Promise<Servers> => {
  const program = findRedis();
  if (program === undefined) throw new Error('no redis-server is on the PATH');
  const server = await startPostgres({ parameters: { ...durable, shared_buffers: '256MB' } });
  const migrated = await migratedDatabase(server);
  const pool = new pg.Pool({ ...migrated.login, max: poolSize });
  const redis = await startRedisProcess(program);
  const redisOnDisk = await startRedisProcess(program, { appendonly: 'yes', appendfsync: 'always' });
  return {
    ...migrated,
    pool,
    database: sqlDatabase(pool),
    redis,
    redisOnDisk,
    dispose: async () => {
      await pool.end();
      redis.dispose();
      redisOnDisk.dispose();
      await server.dispose();
    },
  };
};

/**
 * Puts so many messages of so many keys into an outbox that was emptied, and leaves PostgreSQL at rest, knowing what is
 * there: whatever is measured next begins with the same.
 */
export const fillOutbox = async ({ pool }: Servers, count: number, keys: number): Promise<void> => {
  await pool.query('TRUNCATE breakwater_outbox, breakwater_transports RESTART IDENTITY');
  const { type, payload } = sampleMessage('model', 0);
  await pool.query(
    `INSERT INTO breakwater_outbox (message_id, message_type, ordering_key, payload, headers)
     SELECT gen_random_uuid(), $1, 'model-' || number % $2, $3, '{}' FROM generate_series(1, $4::integer) number`,
    [type, keys, JSON.stringify(payload), count],
  );
  await pool.query('VACUUM ANALYZE breakwater_outbox');
  await pool.query('CHECKPOINT');
};

export const emptyOutbox = (servers: Servers): Promise<void> => fillOutbox(servers, 0, 1);
