import { describeFaults } from './fault.ts';
import { redisClusterFaults } from './tables/redis-cluster.ts';
import { startRedisWorld } from './worlds/redis-world.ts';

describeFaults('Redis: cluster mode', redisClusterFaults, startRedisWorld);
