import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { redrive } from '../../../core/messages/index.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { type Registering, startRegistering } from '../registration/registration-fixture.ts';
import { redisQueue } from './redis-queue.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;
const queue = 'hokusai:model_ready_queue';

const envelope = (id: string, name: string) =>
  JSON.stringify({
    message_id: id,
    message_type: 'model_ready_to_deploy',
    payload: { model_name: name },
    timestamp: '2026-01-01T00:00:00.000',
    retry_count: 3,
    max_retries: 3,
  });

withRedis('dead letters of messages that this service never wrote', () => {
  let redis: RedisProcess;
  let at: Registering;
  beforeAll(async () => {
    redis = await startRedisProcess(program ?? '');
    at = await startRegistering({
      ...redisQueue(redis.port, queue),
      MESSAGE_RECLAIM_TIMEOUT: '1',
    });
  });
  afterAll(async () => {
    await at?.dispose();
    redis?.dispose();
  });

  const giveUp = async (entries: readonly string[]) => {
    await redis.command('LPUSH', `${queue}:dlq`, ...entries);
    const end = performance.now() + 15_000;
    while (Number(await redis.command('LLEN', `${queue}:dlq`)) > 0) {
      if (performance.now() > end) throw new Error('dead letters stay where they are');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it('are kept with any id, and one that PostgreSQL cannot keep is put aside', async () => {
    const entries = [
      envelope('fallback-1767225600000000', 'of the old fallback'),
      envelope('00000000-0000-4000-8000-000000000001', 'with a \u0000'),
      envelope('00000000-0000-4000-8000-000000000002', 'the last'),
    ];
    await giveUp(entries);
    const rows = await at.sql(
      'SELECT ordering_key AS key FROM breakwater_outbox WHERE dead_at IS NOT NULL ORDER BY ordering_key',
    );
    expect(rows.map(({ key }) => key)).toEqual(['of the old fallback', 'the last']);
    expect(await redis.command('LRANGE', `${queue}:unparsable`, '0', '-1')).toEqual([entries[1]]);
  });

  it('are redriven with the others, however long the name of their model and their id are', async () => {
    // Random, so that PostgreSQL cannot make it fit by compressing it.
    const long = randomBytes(5_000).toString('base64');
    await at.sql('TRUNCATE breakwater_outbox');
    await giveUp([
      envelope('long-1', long),
      envelope('long-2', long),
      envelope(long, ''),
      envelope('short-1', 'short'),
    ]);
    const rows = await at.sql<{ name: string; key: string }>(
      "SELECT payload->>'model_name' AS name, ordering_key AS key FROM breakwater_outbox WHERE dead_at IS NOT NULL",
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(['', long, long, 'short'].sort());
    const keys = rows.filter(({ name }) => name === long).map(({ key }) => key);
    expect(new Set(keys)).toEqual(new Set([expect.stringMatching(/^sha256:[\da-f]{64}$/)]));
    const redriven = await at.api.database.transaction((transaction) => redrive(transaction, {}, 10));
    expect(redriven).toHaveLength(4);
  });

  it('are put aside where PostgreSQL finds them nested too deep, and those behind them are kept', async () => {
    await at.sql("ALTER DATABASE app SET max_stack_depth = '200kB'");
    await at.sql(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    const deep = envelope('00000000-0000-4000-8000-000000000003', 'deep').replace(
      '"model_name"',
      `"deep":${'['.repeat(2_500)}${']'.repeat(2_500)},"model_name"`,
    );
    await giveUp([deep, envelope('another', 'behind it')]);
    expect(await at.sql(`SELECT 1 FROM breakwater_outbox WHERE ordering_key = 'behind it'`)).toHaveLength(1);
    expect(await redis.command('LRANGE', `${queue}:unparsable`, '0', '0')).toEqual([deep]);
  });
});
