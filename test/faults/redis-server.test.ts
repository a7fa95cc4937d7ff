import { describeFaults } from './fault.ts';
import { redisServerFaults } from './tables/redis-server.ts';
import { startRedisWorld } from './worlds/redis-world.ts';

describeFaults('Redis: a real server', redisServerFaults, startRedisWorld);
