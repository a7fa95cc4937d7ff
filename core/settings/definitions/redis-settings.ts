/** Settings: Redis. */
import { failureThreshold, recoveryTimeout } from './breaker-settings.ts';
import type { SettingDefinition } from './definition.ts';
import { redis, redisAddress, service } from './readers.ts';

export const redisSettings = {
  REDIS_ENABLED: {
    group: 'redis',
    kind: 'boolean',
    default: false,
    readers: redisAddress,
    tuned: true,
    doc: 'Whether Redis is used at all; nothing else decides it.',
  },
  REDIS_URL: {
    group: 'redis',
    kind: 'secret-url',
    readers: redis,
    doc: 'The whole connection as a URL (redis or rediss), or a bare host or host:port, instead of the parts.',
  },
  REDIS_HOST: {
    group: 'redis',
    kind: 'host',
    readers: redisAddress,
    doc: 'Host name of the primary node.',
  },
  REDIS_PORT: {
    group: 'redis',
    kind: 'port',
    default: 6379,
    readers: redisAddress,
    doc: 'Port of the primary node.',
  },
  REDIS_TLS_ENABLED: {
    group: 'redis',
    kind: 'boolean',
    default: true,
    readers: redis,
    tuned: true,
    doc: 'Whether the connection is encrypted and the certificate verified; false is refused unless ENVIRONMENT is development.',
  },
  REDIS_AUTH_TOKEN: {
    group: 'redis',
    kind: 'secret',
    readers: redis,
    doc: 'Password of the Redis server, taken as it is (no percent-encoding).',
  },
  REDIS_AUTH_TOKEN_SECRET_ID: {
    group: 'redis',
    kind: 'text',
    readers: redis,
    doc: 'Name or ARN of the secret whose key auth_token holds it, used when no token is set, and read again when one is rejected.',
  },
  REDIS_CONNECT_TIMEOUT: {
    group: 'redis',
    kind: 'seconds',
    default: 2,
    min: 0.1,
    max: 20,
    readers: redis,
    tuned: true,
    doc: 'Time from looking up the name to an authenticated connection.',
  },
  REDIS_COMMAND_TIMEOUT: {
    group: 'redis',
    kind: 'seconds',
    default: 0.5,
    min: 0.01,
    max: 10,
    readers: redis,
    tuned: true,
    doc: 'Deadline of one command.',
  },
  REDIS_POOL_SIZE: {
    group: 'redis',
    kind: 'integer',
    default: 2,
    min: 1,
    max: 16,
    readers: service,
    doc: 'Connections of one task for commands that do not block.',
    reason:
      'Many commands share a connection, so that one carries more than a task sends; the second is there while the first is replaced.',
  },
  REDIS_CB_FAILURE_THRESHOLD: failureThreshold('redis'),
  REDIS_CB_RECOVERY_TIMEOUT: recoveryTimeout('redis'),
} as const satisfies Record<string, SettingDefinition>;
