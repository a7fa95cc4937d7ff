export type { Words } from './connection.ts';
export { type CommandFailure, RedisError } from './failure.ts';
export { type RedisLimits, redisLimits } from './limits.ts';
export type { RedisState } from './pool.ts';
export { createRedis, type PipelineAnswer, type Redis, type RedisOptions } from './redis.ts';
