import { describeFaults } from './fault.ts';
import { redisProtocolFaults } from './tables/redis-protocol.ts';
import { startRedisWorld } from './worlds/redis-world.ts';

describeFaults('Redis: what answers on its port', redisProtocolFaults, startRedisWorld);
