import { createSecretReader, redisPassword } from '../../../core/checks/index.ts';
import { Breaker, defaultBreakerPolicy } from '../../../core/resilience/index.ts';
import { readSettings, resolveRedis } from '../../../core/settings/index.ts';
import { createCredentials } from '../../../service/credentials.ts';
import { createRedis, type Redis, RedisError, redisLimits } from '../../../service/redis/index.ts';
import { keepLog } from '../postgres/pool-fixture.ts';

export interface RedisUnderTest {
  redis: Redis;
  breaker: Breaker;
  log: ReturnType<typeof keepLog>;
  /** What the log says above the level for debugging, in order: causes, and `connected`. */
  changes(): unknown[];
  /** Waits until so many connections are ready. */
  ready(connections: number): Promise<void>;
  close(): Promise<void>;
}

export interface RedisSettings {
  /** Settings that differ from the defaults. */
  env?: Record<string, string>;
  /** Text of the secret with the token, at each reading. */
  secret?: () => string;
  /** Failures in a row that open the breaker; so many by default that it stays out of the way. */
  failures?: number;
  pending?: number;
}

const open: RedisUnderTest[] = [];

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const until = async (wanted: () => boolean, what: string, patienceMs = 20_000): Promise<void> => {
  const end = performance.now() + patienceMs;
  while (!wanted()) {
    if (performance.now() > end) throw new Error(`still not: ${what}`);
    await pause(20);
  }
};

/** The client of the service, begun, with the limits of the service and a short deadline. */
export const openRedis = (port: number, settings: RedisSettings = {}): RedisUnderTest => {
  const { env = {}, secret, failures = 100, pending } = settings;
  const reading = readSettings({
    ENVIRONMENT: 'development',
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(port),
    REDIS_TLS_ENABLED: 'false',
    REDIS_CONNECT_TIMEOUT: '1',
    REDIS_COMMAND_TIMEOUT: '0.3',
    ...(secret ? { REDIS_AUTH_TOKEN_SECRET_ID: 'cache' } : {}),
    ...env,
  });
  const resolved = resolveRedis(reading);
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems));
  const target = resolved.value;
  const log = keepLog();
  const secrets = createSecretReader(async () => secret?.(), { timeoutMs: 1_000 });
  const breaker = new Breaker({
    name: 'redis',
    policy: { ...defaultBreakerPolicy, opening: { kind: 'consecutive', failures }, openMs: 1_000 },
  });
  const limits = redisLimits(reading);
  const redis = createRedis({
    target,
    breaker,
    log,
    credentials: createCredentials(redisPassword(target), secrets, { readMs: 1_000 }),
    limits: { ...limits, ...(pending === undefined ? {} : { pending }) },
  });
  redis.start();
  const under: RedisUnderTest = {
    redis,
    breaker,
    log,
    changes: () =>
      log.lines.filter(({ level }) => level !== 'debug').map(({ cause, message }) => cause ?? message),
    ready: (connections) => until(() => redis.state.ready === connections, `${connections} connections`),
    close: () => redis.close(2_000),
  };
  open.push(under);
  return under;
};

/** Ends every client that a test has opened. */
export const closeAll = async (): Promise<void> => {
  await Promise.all(open.splice(0).map((under) => under.close()));
};

/** The failure of what must fail. */
export const failureOf = (work: Promise<unknown>): Promise<RedisError> =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => {
      if (error instanceof RedisError) return error;
      throw error;
    },
  );
