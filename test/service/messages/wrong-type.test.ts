import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { anEvent, type Registering, startRegistering } from '../registration/registration-fixture.ts';
import { until } from './delivery-fixture.ts';
import { redisQueue } from './redis-queue.ts';

const program = findRedis();
const queue = 'hokusai:model_ready_queue';
const adminToken = 'an-operator-token-of-these-tests';

(program ? describe : describe.skip)('a key of Redis that is of another type', () => {
  let redis: RedisProcess;
  let at: Registering;
  beforeAll(async () => {
    redis = await startRedisProcess(program ?? '');
    at = await startRegistering({
      ...redisQueue(redis.port, queue),
      MESSAGE_RECLAIM_TIMEOUT: '1',
      METRICS_INTERVAL: '1',
      ADMIN_TOKEN: adminToken,
    });
  });
  afterAll(async () => {
    await at?.dispose();
    redis?.dispose();
  });
  afterEach(async () => {
    await redis.command('DEL', queue, `${queue}:processing`);
    await until(async () => (await troubles()).length === 0, 'the end of the trouble');
  });

  interface Shown {
    work: string;
    cause: string;
    detail?: string;
  }
  const troubles = async (headers: Record<string, string> = {}): Promise<Shown[]> =>
    (await at.api.get('/health/detailed', headers)).body.messages.troubles;
  const ofLists = async () => (await troubles()).filter(({ work }) => work.endsWith('the lists'));
  const operator = { authorization: `Bearer ${adminToken}` };
  const told = (work: string) => at.api.log.entries().filter((entry) => entry.work === work);

  it('is told once, in the log and in the health details, with the word of the server', async () => {
    await redis.command('SET', `${queue}:processing`, 'x');
    await until(async () => (await ofLists()).length === 2, 'both troubles');
    // Several rounds later.
    await redis.command('LPUSH', `${queue}:dlq`, 'no message');
    await until(async () => Number(await redis.command('LLEN', `${queue}:unparsable`)) > 0, 'care');
    const shown = (await troubles(operator)).sort((a, b) => a.work.localeCompare(b.work));
    expect(shown).toEqual([
      {
        work: 'counting the lists',
        cause: 'STATEMENT_REJECTED',
        detail: `${queue}:processing is of the type string, not list (WRONGTYPE): rename it, or delete it`,
      },
      {
        work: 'looking after the lists',
        cause: 'STATEMENT_REJECTED',
        detail: 'EVAL: a key is of another type than it must be (WRONGTYPE)',
      },
    ]);
    // Names of keys are for operators.
    expect(JSON.stringify(await troubles())).not.toContain(queue);
    for (const { work, detail } of shown)
      expect(told(work)).toMatchObject([{ level: 'error', work, detail }]);
    await redis.command('DEL', `${queue}:processing`);
    await until(async () => (await troubles()).length === 0, 'the end of the trouble');
    for (const { work } of shown) expect(told(work)).toMatchObject([{ level: 'error' }, { level: 'info' }]);
  });

  it('keeps nothing else from being done: messages are sent, counted, and idle consumers noticed', async () => {
    await redis.command('SET', `${queue}:processing`, 'x');
    expect((await at.announce(anEvent('sent all the same'))).status).toBe(200);
    await until(async () => Number(await redis.command('LLEN', queue)) === 1, 'the message');
    const idle = async () =>
      Number(/^breakwater_consumer_idle_seconds (\S+)$/m.exec((await at.api.get('/metrics')).body)?.[1]);
    await until(async () => (await idle()) > 0, 'an idle consumer');
  });

  it('in the place of the queue is told as why nothing is delivered', async () => {
    await redis.command('DEL', queue);
    await redis.command('SET', queue, 'x');
    await at.announce(anEvent('waiting'));
    const delivering = async () => (await troubles()).find(({ work }) => work === 'delivering messages');
    await until(async () => (await delivering())?.cause === 'STATEMENT_REJECTED', 'the trouble');
    const down = at.api.log.entries().filter(({ cause, transport }) => cause && transport);
    expect(down.slice(-1)).toMatchObject([
      { detail: 'EVAL: a key is of another type than it must be (WRONGTYPE)' },
    ]);
  });
});
