/** Settings of a service whose events go into a Redis list, without TLS. */
export const redisQueue = (port: number, queue: string): Record<string, string> => ({
  REDIS_ENABLED: 'true',
  REDIS_HOST: '127.0.0.1',
  REDIS_PORT: String(port),
  REDIS_TLS_ENABLED: 'false',
  MESSAGE_QUEUE_TYPE: 'redis',
  MESSAGE_QUEUE_NAME: queue,
});
