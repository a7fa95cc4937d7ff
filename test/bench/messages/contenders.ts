/** The queues that are compared, each by the same six verbs. */
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import PgBoss from 'pg-boss';
import {
  acknowledge,
  claim,
  keysOf,
  publish,
  publishBatch,
  redisTransport,
  relayPass,
} from '../../../core/messages/index.ts';
import { recall } from '../../../core/messages/relay/memory.ts';
import type { RedisProcess } from '../../fixtures/redis-process.ts';
import { sampleMessage, sampleMessages } from './sample-messages.ts';
import { emptyOutbox, type Servers } from './servers.ts';

export interface Contender {
  name: string;
  /** Empties it. */
  begin(): Promise<unknown>;
  add(number: number): Promise<unknown>;
  addMany(from: number, count: number): Promise<unknown>;
  /** Takes, and is done with, at most so many; gives how many. Undefined: it takes only one at a time. */
  take: ((most: number) => Promise<number>) | undefined;
  /** Takes all, one by one, several at once; for a queue that calls its handler itself. */
  takeEach?(count: number): Promise<unknown>;
  end(): Promise<unknown>;
}

const keys = 1_000;
const queue = 'bench:beside';

/** Somebody who takes everything in no time. */
const outbox = (servers: Servers): Contender => ({
  name: 'Breakwater outbox',
  begin: () => emptyOutbox(servers),
  add: (number) => publish(servers.database, sampleMessage(`model-${number % keys}`, number)),
  addMany: (from, count) => publishBatch(servers.database, sampleMessages(count, keys, from)),
  take: async (most) => {
    const leases = await claim(servers.database, { limit: most, leaseMs: 60_000 });
    if (leases.length > 0) await acknowledge(servers.database, leases);
    return leases.length;
  },
  end: async () => undefined,
});

const outboxToRedis = (servers: Servers): Contender => {
  const client = new Redis({ host: '127.0.0.1', port: servers.redis.port });
  const commands = { command: (name: string, ...args: (string | number)[]) => client.call(name, ...args) };
  const transport = redisTransport(commands, queue, () => undefined);
  return {
    ...outbox(servers),
    name: 'the same, relay to a Redis list',
    begin: async () => {
      await emptyOutbox(servers);
      await client.del(...Object.values(keysOf(queue)));
      await recall(servers.database, transport);
    },
    take: async (most) => {
      const options = { database: servers.database, transport, batch: most, leaseMs: 60_000 };
      return (await relayPass({ ...options, retries: 3, retryDelayMs: 1_000 })).sent;
    },
    end: async () => client.disconnect(),
  };
};

const pgBoss = async ({ login }: Servers): Promise<Contender> => {
  const boss = new PgBoss({ ...login, max: 20, supervise: false, schedule: false });
  boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`));
  await boss.start();
  await boss.createQueue(queue);
  const dataOf = (number: number): object => sampleMessage(`model-${number % keys}`, number).payload;
  return {
    name: 'pg-boss 10.4',
    begin: async () => {
      await boss.clearStorage();
    },
    add: (number) => boss.send(queue, dataOf(number)),
    addMany: (from, count) =>
      boss.insert(Array.from({ length: count }, (_, index) => ({ name: queue, data: dataOf(from + index) }))),
    take: async (most) => {
      const jobs = await boss.fetch(queue, { batchSize: most });
      if (jobs.length > 0)
        await boss.complete(
          queue,
          jobs.map(({ id }) => id),
        );
      return jobs.length;
    },
    end: () => boss.stop({ graceful: false }),
  };
};

/** It has no way to take several jobs in one go: a worker takes them one by one, so many at the same time. */
const workerAtOnce = 10;

const bullMq = (name: string, { port }: RedisProcess): Contender => {
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
  const jobs = new Queue(queue.replace(':', '-'), { connection });
  const dataOf = (number: number): object => sampleMessage(`model-${number % keys}`, number).payload;
  return {
    name,
    begin: () => jobs.obliterate({ force: true }),
    add: (number) => jobs.add('event', dataOf(number)),
    addMany: (from, count) =>
      jobs.addBulk(
        Array.from({ length: count }, (_, index) => ({ name: 'event', data: dataOf(from + index) })),
      ),
    take: undefined,
    takeEach: async (count) => {
      let done = 0;
      const { promise, resolve } = Promise.withResolvers<void>();
      const work = async (): Promise<void> => {
        done += 1;
        if (done === count) resolve();
      };
      const worker = new Worker(jobs.name, work, { connection, concurrency: workerAtOnce });
      await promise;
      await worker.close();
    },
    end: () => jobs.close(),
  };
};

export const startContenders = async (servers: Servers): Promise<Contender[]> => [
  outbox(servers),
  outboxToRedis(servers),
  await pgBoss(servers),
  bullMq('BullMQ 6.7, memory only', servers.redis),
  bullMq('BullMQ 6.7, disk each time', servers.redisOnDisk),
];
