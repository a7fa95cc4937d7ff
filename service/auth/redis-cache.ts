/** What tasks know together of accepted keys, in Redis. Whatever Redis does, nobody waits for it and nobody fails by it. */
import { CircuitOpenError } from '../../core/resilience/index.ts';
import { type Redis, RedisError } from '../redis/index.ts';
import type { Accepted, SharedCache } from './cache.ts';

/** The fingerprint follows. */
const prefix = 'api_key:validation:';

const parsed = (value: unknown): Accepted | undefined => {
  try {
    const { identity, at } = JSON.parse(String(value)) as Accepted;
    return typeof at === 'number' && typeof identity?.userId === 'string' && Array.isArray(identity.scopes)
      ? { identity, at }
      : undefined;
  } catch {
    return undefined;
  }
};

/** Redis says of itself that it is away; here it is only not there. */
const orNothing = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RedisError || error instanceof CircuitOpenError) return undefined;
    throw error;
  }
};

export const redisKeyCache = (redis: Redis): SharedCache => ({
  get: async (print) => {
    const value = await orNothing(redis.command('GET', `${prefix}${print}`));
    return typeof value === 'string' ? parsed(value) : undefined;
  },
  set: (print, entry, lifeMs) =>
    void orNothing(redis.command('SET', `${prefix}${print}`, JSON.stringify(entry), 'PX', Math.ceil(lifeMs))),
  delete: (print) => void orNothing(redis.command('DEL', `${prefix}${print}`)),
});
