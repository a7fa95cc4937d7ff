import { budgetOf, type Check, checkRedis, createSecretReader } from '../../../core/checks/index.ts';
import { readSettings, resolveRedis } from '../../../core/settings/index.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { scriptedServer } from '../../fixtures/scripted-server.ts';
import type { World } from '../fault.ts';

type Environment = Record<string, string>;

export interface RedisWorld extends World {
  /** The check of a port, without TLS and token unless the settings say so. */
  check(port: number, environment?: Environment, list?: string): Promise<Check>;
  /** A real server with these options, ended with the world. */
  start(options?: Parameters<typeof startRedisProcess>[1]): Promise<RedisProcess>;
  /** The check of a server that answers every command with this, or with what the function makes of it. */
  answering(reply: string | ((command: string) => string), environment?: Environment): Promise<Check>;
}

export const token = 'a/b@c#d';

const secrets = createSecretReader(() => Promise.reject(new Error('none')), { timeoutMs: 1_000 });

export const startRedisWorld = async (): Promise<RedisWorld> => {
  const disposables: World['disposables'] = [];
  const check: RedisWorld['check'] = async (port, environment = {}, list) => {
    const resolved = resolveRedis(
      readSettings({
        REDIS_ENABLED: 'true',
        REDIS_HOST: '127.0.0.1',
        REDIS_PORT: String(port),
        REDIS_TLS_ENABLED: 'false',
        REDIS_CONNECT_TIMEOUT: '1',
        REDIS_COMMAND_TIMEOUT: '1',
        ...environment,
      }),
    );
    if (!resolved.ok) throw new Error(resolved.problems.map(({ message }) => message).join('\n'));
    const options = {
      target: resolved.value,
      secrets,
      dnsTimeoutMs: 1_000,
      ...(list === undefined ? {} : { list }),
    };
    return (await checkRedis(options, budgetOf(8_000))).check;
  };
  return {
    secrets: [token],
    disposables,
    check,
    start: async (options) => {
      const redis = await startRedisProcess(findRedis() ?? '', options);
      disposables.push(redis.dispose);
      return redis;
    },
    answering: async (reply, environment) => {
      const server = await scriptedServer((socket) =>
        socket.on('data', (data) => {
          socket.write(typeof reply === 'string' ? reply : reply(data.toString()));
        }),
      );
      disposables.push(server.dispose);
      return check(server.port, environment);
    },
  };
};
