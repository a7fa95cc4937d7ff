/** Redis: faults of a real server. */
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Fault } from '../fault.ts';
import { type RedisWorld, token } from '../worlds/redis-world.ts';

type Row = Omit<Fault<RedisWorld>, 'dependency' | 'needs'>;

const password = { requirepass: token };

/** The list that messages are delivered to, where a row has one. */
const list = 'model_ready_queue';

/** A user with these rights beside the ones of logging in. */
const asUser = async ({ start, check }: RedisWorld, rights: string[], queue?: string) => {
  const redis = await start();
  await redis.command('ACL', 'SETUSER', 'app', 'on', `>${token}`, ...rights);
  const environment = {
    REDIS_HOST: '',
    REDIS_PORT: '',
    REDIS_TLS_ENABLED: '',
    REDIS_URL: `redis://app:${encodeURIComponent(token)}@127.0.0.1:${redis.port}`,
  };
  return check(redis.port, environment, queue);
};

const rows: readonly Row[] = [
  {
    name: 'I-65 a server that wants a token, and a URL that carries none',
    cause: 'AUTHENTICATION_REQUIRED',
    run: async ({ start, check }) => {
      const { port } = await start(password);
      return check(port, {
        REDIS_HOST: '',
        REDIS_PORT: '',
        REDIS_TLS_ENABLED: '',
        REDIS_URL: `redis://127.0.0.1:${port}/0`,
      });
    },
  },
  {
    name: 'a wrong token',
    cause: 'PASSWORD_REJECTED',
    remedy: /the one that Redis has.*bootstrap function does nothing/,
    run: async ({ start, check }) => check((await start(password)).port, { REDIS_AUTH_TOKEN: 'wrong' }),
  },
  {
    name: 'a user that is disabled',
    cause: 'PASSWORD_REJECTED',
    run: (world) => asUser(world, ['off', '+@all', '~*']),
  },
  {
    name: 'a user that may not write',
    cause: 'FORBIDDEN',
    evidence: { command: 'SET', role: 'master' },
    remedy: /^Give the user of Redis the command and the keys back/,
    run: (world) => asUser(world, ['+@all', '-set', '~*']),
  },
  {
    name: 'a user that may write only other keys',
    cause: 'FORBIDDEN',
    evidence: { command: 'SET' },
    run: (world) => asUser(world, ['+@all', '~orders:*']),
  },
  {
    name: 'a user that may do nothing',
    cause: 'FORBIDDEN',
    evidence: { command: 'PING' },
    run: (world) => asUser(world, ['-@all']),
  },
  {
    name: 'a user that may not run the scripts that deliver messages',
    cause: 'FORBIDDEN',
    evidence: { command: 'EVAL', key: list },
    remedy: /^Give the user of Redis/,
    run: (world) => asUser(world, ['+@all', '-eval', '~*'], list),
  },
  {
    name: 'a user that may write the key of the check and not the list of messages',
    cause: 'FORBIDDEN',
    evidence: { command: 'EVAL', key: list },
    run: (world) => asUser(world, ['+@all', '~breakwater:*'], list),
  },
  {
    name: 'a user that may run scripts and nothing with lists in them',
    cause: 'FORBIDDEN',
    evidence: { command: 'EVAL', key: list },
    run: (world) => asUser(world, ['+@all', '-@list', '~*'], list),
  },
  {
    name: 'a key of another type under the name of the list of messages',
    cause: 'STATEMENT_REJECTED',
    evidence: { command: 'EVAL', key: list, holds: 'string' },
    detail: /the key "model_ready_queue" holds a string, not a list/,
    remedy: /^Find out who writes the key/,
    run: async ({ start, check }) => {
      const redis = await start();
      await redis.command('SET', list, 'of somebody else');
      return check(redis.port, {}, list);
    },
  },
  {
    name: 'a command that was taken away',
    cause: 'FORBIDDEN',
    evidence: { command: 'SET' },
    run: async ({ start, check }) => check((await start({ 'rename-command': 'SET taken' })).port),
  },
  {
    name: 'a logical database that there is not',
    cause: 'DATABASE_MISSING',
    remedy: /REDIS_URL/,
    run: async ({ start, check }) => {
      const { port } = await start({ databases: '4' });
      return check(port, {
        REDIS_HOST: '',
        REDIS_PORT: '',
        REDIS_TLS_ENABLED: '',
        REDIS_URL: `redis://127.0.0.1:${port}/9`,
      });
    },
  },
  {
    name: 'a memory limit that is reached: reads and PING go on',
    cause: 'OUT_OF_MEMORY',
    evidence: { command: 'SET' },
    run: async ({ start, check }) => {
      const redis = await start({ 'maxmemory-policy': 'noeviction' });
      await redis.command('CONFIG', 'SET', 'maxmemory', '1');
      return check(redis.port);
    },
  },
  {
    name: 'a replica',
    cause: 'READ_ONLY',
    evidence: { role: 'slave', linkToPrimary: 'connected' },
    run: async ({ start, check }) => {
      const primary = await start();
      const replica = await start({
        replicaof: `127.0.0.1 ${primary.port}`,
        'repl-diskless-sync-delay': '0',
      });
      for (let wait = 0; wait < 100; wait++) {
        const role = (await replica.command('ROLE')) as string[];
        if (role[3] === 'connected') break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return check(replica.port);
    },
  },
  {
    name: 'a replica that serves old data, because its primary is gone',
    cause: 'READ_ONLY',
    evidence: { role: 'slave', linkToPrimary: 'connect' },
    run: async ({ start, check }) => check((await start({ replicaof: '127.0.0.1 1' })).port),
  },
  {
    name: 'a replica that serves nothing, because its primary is gone',
    cause: 'PRIMARY_LINK_DOWN',
    evidence: { command: 'PING' },
    run: async ({ start, check }) =>
      check((await start({ replicaof: '127.0.0.1 1', 'replica-serve-stale-data': 'no' })).port),
  },
  {
    name: 'a primary with too few replicas for writes',
    cause: 'READ_ONLY',
    evidence: { role: 'master', command: 'SET' },
    remedy: /^Bring the replicas back, or lower min-replicas-to-write/,
    run: async ({ start, check }) => check((await start({ 'min-replicas-to-write': '1' })).port),
  },
  {
    name: 'a save that failed',
    cause: 'SAVE_FAILED',
    run: async ({ start, check }) => {
      const redis = await start({ save: '3600 1' });
      await redis.command('SET', 'key', 'value');
      // A folder under the name of the file that it wants to write.
      mkdirSync(join(redis.directory, 'dump.rdb'));
      await redis.command('SAVE').catch(() => undefined);
      await redis.command('BGSAVE').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return check(redis.port);
    },
  },
  {
    name: 'a script that runs for too long',
    cause: 'SERVER_BUSY',
    run: async ({ start, check }) => {
      const redis = await start({ 'lua-time-limit': '1' });
      redis.command('EVAL', 'while true do end', '0').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return check(redis.port);
    },
  },
  {
    name: 'data that is being loaded',
    cause: 'LOADING',
    run: async ({ start, check }) => {
      const before = await start({ save: '3600 1' });
      await before.command('MSET', ...Array.from({ length: 2_000 }, (_, n) => [`key-${n}`, 'value']).flat());
      await before.command('SAVE');
      const loading = { 'key-load-delay': '2000', 'loading-process-events-interval-bytes': '1024' };
      return check((await start({ dir: before.directory, ...loading })).port);
    },
  },
  {
    name: 'the limit of clients',
    cause: 'MAX_CLIENTS',
    run: async ({ start, check }) => {
      const redis = await start();
      await redis.command('CONFIG', 'SET', 'maxclients', '1');
      const held = connect(redis.port, '127.0.0.1');
      held.on('error', () => undefined);
      await new Promise((resolve) => held.once('connect', resolve));
      return check(redis.port).finally(() => held.destroy());
    },
  },
  {
    name: 'a process that hangs',
    cause: 'RESPONSE_TIMEOUT',
    run: async ({ start, check }) => {
      const redis = await start();
      process.kill(redis.pid, 'SIGSTOP');
      return check(redis.port);
    },
  },
];

export const redisServerFaults: readonly Fault<RedisWorld>[] = rows.map((row) => ({
  ...row,
  dependency: 'redis',
  needs: 'redis-server',
}));
