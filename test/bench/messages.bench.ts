/** The message queue: through Redis to a consumer, beside other queues, and with a backlog. */
import { availableParallelism } from 'node:os';
import { publishingBesideBacklog, relayingBacklog } from './messages/backlog.ts';
import { beside } from './messages/beside.ts';
import { startServers } from './messages/servers.ts';
import { throughRedis } from './messages/through-redis.ts';
import { runBench } from './run-bench.ts';
import { print, title } from './table.ts';

const parts = [throughRedis, beside, relayingBacklog, publishingBesideBacklog];

await runBench(async () => {
  const servers = await startServers();
  print(title('messages: PostgreSQL waits for the disk at each commit, Redis keeps nothing on it'));
  print(`servers, service, publisher and consumer share ${availableParallelism()} cores`);
  try {
    for (const part of parts) await part(servers);
  } finally {
    await servers.dispose();
  }
});
