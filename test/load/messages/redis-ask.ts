import { Redis } from 'ioredis';

/** One command on a connection of its own. @throws when Redis does not answer within seconds */
export const askRedis = async (port: number, name: string, ...args: string[]): Promise<unknown> => {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    retryStrategy: () => null,
    enableOfflineQueue: false,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
};
