import type { RedisCommands } from './keys.ts';

/**
 * The policy by which Redis makes room, where it may delete a list for that (Redis, "Key eviction"): a list has no
 * expiry, so only those that begin with `allkeys` do. Undefined for any other.
 */
export const policyThatDropsLists = async (redis: RedisCommands): Promise<string | undefined> => {
  const policy = /^maxmemory_policy:(\S+)/m.exec(String(await redis.command('INFO', 'memory')))?.[1];
  return policy?.startsWith('allkeys') ? policy : undefined;
};
