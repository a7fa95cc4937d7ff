import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { budgetOf, checkRedis, createSecretReader } from '../../../core/checks/index.ts';
import {
  careForLists,
  envelopeOf,
  type Leased,
  listDepth,
  redisTransport,
} from '../../../core/messages/index.ts';
import { type RedisTarget, readSettings, resolveRedis } from '../../../core/settings/index.ts';
import { redisKeyCache } from '../../../service/auth/redis-cache.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { closeAll, openRedis } from '../../service/redis/redis-fixture.ts';
import { downCause, keys, queue, until } from './lists-fixture.ts';
import { aMessage } from './outbox-fixture.ts';

const program = findRedis();

/** The line that the runbook gives to whoever takes rights away and has to give them back. */
const lineOfRunbook = (): string[] => {
  const page = readFileSync(new URL('../../../runbooks/credentials.md', import.meta.url), 'utf8');
  const line = /^ACL SETUSER NAME .*$/m.exec(page)?.[0] ?? '';
  return line.replaceAll('QUEUE', queue).replace('NAME', 'app').split(' ');
};

const leased = (number: number): Leased => ({
  ...aMessage('a', number),
  place: String(number),
  headers: {},
  publishedAt: new Date(),
  attempts: 1,
  failures: [],
  token: 'b9d1a3b0-0000-4000-8000-000000000000',
  leasedUntil: new Date(),
});

(program ? describe : describe.skip)('the rights that the runbook gives to a user of Redis', () => {
  let redis: RedisProcess;
  let env: Record<string, string>;
  beforeAll(async () => {
    redis = await startRedisProcess(program ?? '');
    await redis.command('ACL', 'SETUSER', 'app', 'reset', 'on', '>pw');
    await redis.command(...lineOfRunbook());
    const REDIS_URL = `redis://app:pw@127.0.0.1:${redis.port}/0`;
    env = { REDIS_HOST: '', REDIS_PORT: '', REDIS_TLS_ENABLED: '', REDIS_URL };
  });
  afterAll(async () => {
    await closeAll();
    redis?.dispose();
  });

  it('are enough for the check, which then is good', async () => {
    const resolved = resolveRedis(readSettings({ REDIS_ENABLED: 'true', ...env }));
    const { value: target } = resolved as { value: RedisTarget };
    const secrets = createSecretReader(() => Promise.reject(new Error('none')), { timeoutMs: 100 });
    const { check } = await checkRedis({ target, secrets, dnsTimeoutMs: 500, list: queue }, budgetOf(3_000));
    expect(check).toMatchObject({ ok: true, evidence: { role: 'master' } });
  });

  it('are enough for all that the service does: sending, counting, caring for the lists, keeping keys', async () => {
    const { redis: client } = openRedis(redis.port, { env });
    await until(() => client.state.ready > 0, 'a connection');
    const transport = redisTransport(client, queue, downCause);
    transport.known = await transport.look();
    expect(await transport.send([leased(1)])).toMatchObject([{ ok: true }]);

    const entry = JSON.stringify(envelopeOf(leased(2)));
    const givenUp = { original_message: entry, error: 'no', failed_at: '2026-01-01T00:00:00' };
    await redis.command('LPUSH', keys.processing, entry, 'no message');
    await redis.command('LPUSH', keys.deadLetters, JSON.stringify({ ...givenUp, original_queue: queue }));
    const care = { reclaimMs: 30_000, bury: async () => undefined, now: () => Date.now() };
    await careForLists(client, queue, care);
    const later = await careForLists(client, queue, { ...care, now: () => Date.now() + 60_000 });
    expect(later).toMatchObject({ reclaimed: 1, unparsable: 1 });
    expect(await listDepth(client, queue)).toMatchObject({
      sent: 1,
      waiting: 2,
      processing: 0,
      deadLetters: 0,
      unparsable: 1,
    });

    const cache = redisKeyCache(client);
    await cache.set('print', { identity: { userId: 'u', scopes: [] }, at: 1 } as never, 60_000);
    await until(async () => (await cache.get('print')) !== undefined, 'the key');
    await cache.delete('print');
    await until(async () => (await cache.get('print')) === undefined, 'its end');
  });
});
