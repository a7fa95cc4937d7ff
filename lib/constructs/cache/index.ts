export { RedisCache, type RedisCacheProps } from './redis-cache.ts';
