import { randomBytes } from 'node:crypto';
import type { RedisServer } from '../servers/index.ts';
import type { FaultDefinition, Lift } from './fault.ts';

const redisFault = (
  doc: string,
  told: Pick<FaultDefinition, 'cause'> & Partial<Pick<FaultDefinition, 'breaks'>>,
  inject: (cache: RedisServer) => Promise<Lift>,
): FaultDefinition => ({
  doc,
  driven: true,
  parts: ['redis'],
  breaks: ['redis-down'],
  ...told,
  needs: 'redis-server',
  inject: async ({ cache }) => {
    if (!cache) throw new Error('A fault of Redis needs a cache, and the stack that runs here has none.');
    return inject(cache);
  },
});

export const redisStop = redisFault(
  'The Redis server is stopped; its port refuses connections.',
  { cause: 'CONNECTION_REFUSED' },
  async (cache) => {
    await cache.stop();
    return async () => {
      if (cache.pid() === undefined) await cache.start();
    };
  },
);

export const redisHang = redisFault(
  'The Redis server stands still (SIGSTOP): connections are accepted, and nothing is answered.',
  { cause: 'TLS_TIMEOUT' },
  async (cache) => {
    cache.suspend();
    return async () => cache.resume();
  },
);

export const redisPassword = redisFault(
  'Somebody changed the password of Redis and ended the sessions; the secret has the old one.',
  { cause: 'PASSWORD_REJECTED' },
  async (cache) => {
    const { token } = cache.configuration();
    await cache.reload({ token: randomBytes(24).toString('base64url') });
    return () => cache.reload({ token });
  },
);

export const redisFull = redisFault(
  'The memory limit of Redis is reached and nothing may be evicted: it answers, and refuses writes.',
  { cause: 'OUT_OF_MEMORY', breaks: ['redis-full'] },
  async (cache) => {
    const { maxMemory } = cache.configuration();
    // Less than an empty server takes.
    await cache.reload({ maxMemory: 1 });
    return () => cache.reload({ maxMemory });
  },
);

export const redisPlaintext = redisFault(
  'Redis was started without TLS on the same port; the settings want TLS.',
  { cause: 'TLS_NOT_OFFERED' },
  async (cache) => {
    await cache.reload({ transport: 'plain' });
    return () => cache.reload({ transport: 'tls' });
  },
);
