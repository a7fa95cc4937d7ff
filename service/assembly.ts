import type { FastifyInstance } from 'fastify';
import {
  createSecretReader,
  type FetchSecret,
  postgresPassword,
  redisPassword,
  type SecretReader,
} from '../core/checks/index.ts';
import type { BreakerRegistry } from '../core/resilience/index.ts';
import type { PostgresTarget } from '../core/settings/index.ts';
import { addAdminRoutes } from './admin/routes.ts';
import { createOperatorToken } from './admin/token.ts';
import { addApi } from './api.ts';
import { BreakerLog } from './breaker-log.ts';
import { createBreakers } from './breakers.ts';
import { readBuildInfo } from './build-info.ts';
import type { Contract } from './contract.ts';
import { createCredentials } from './credentials.ts';
import { addHealthRoutes, createWatch } from './health/index.ts';
import { withTraceId } from './http/request-context.ts';
import { auditLog, type LogStream } from './http/server.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Log } from './log.ts';
import { createMessages } from './messages/index.ts';
import { knownMigrations } from './migration/migrate.ts';
import { ConnectionPool, createDatabase, type Database, postgresLimits } from './postgres/index.ts';
import { recoverWithoutTraffic } from './recovery.ts';
import { createRedis, type Redis, redisLimits } from './redis/index.ts';
import {
  metricsOperation,
  prometheusText,
  ServiceMetrics,
  startTracing,
  traceRequests,
} from './telemetry/index.ts';

export interface AssemblyOptions {
  /** Reads a secret by name or ARN. */
  fetchSecret?: FetchSecret;
  /** Adds routes before the server listens. */
  routes?: (server: FastifyInstance, parts: Parts) => void;
}

/** What routes are made of. */
export interface Parts {
  database: Database;
  breakers: BreakerRegistry;
  /** Absent when it is not enabled or its settings are wrong. */
  redis?: Redis;
}

/** Time for the last connections and traces when the service stops, milliseconds. */
export const closingMs = 2_000;

const noSecrets: FetchSecret = () => Promise.reject(new Error('no way to read secrets was given'));

const redisOf = (
  { redis, reading, secretReadMs }: Contract,
  secrets: SecretReader,
  breakers: BreakerRegistry,
  log: Log,
): Redis | undefined => {
  const breaker = breakers.get('redis');
  if (!redis?.ok || !breaker) return undefined;
  const target = redis.value;
  const credentials = createCredentials(redisPassword(target), secrets, { readMs: secretReadMs });
  return createRedis({ target, credentials, breaker, limits: redisLimits(reading), log });
};

/** Everything behind the listener, wired together and not started. */
export function assemble(
  server: FastifyInstance,
  contract: Contract,
  target: PostgresTarget,
  lifecycle: Lifecycle,
  { fetchSecret = noSecrets, routes }: AssemblyOptions,
) {
  const build = readBuildInfo();
  const secrets = createSecretReader(fetchSecret, { timeoutMs: contract.secretReadMs });
  const breakers = createBreakers(contract.reading);
  const metrics = new ServiceMetrics();
  const breakerLog = new BreakerLog(breakers, server.log, (breaker) => metrics.countTransition(breaker));

  const limits = postgresLimits(contract.reading, target);
  const credentials = createCredentials(postgresPassword(target), secrets, { readMs: contract.secretReadMs });
  const log = withTraceId(server.log);
  const pool = new ConnectionPool({ target, credentials, limits, log });
  const breaker = breakers.get('postgres');
  if (!breaker) throw new Error('PostgreSQL has no circuit breaker');
  const shared = { target, pool, breaker, limits, log };
  const database = createDatabase({ ...shared, observer: metrics.observer });
  // What runs by itself is no request that could fail: it does not count among them.
  const ownDatabase = createDatabase({ ...shared, observer: { operation: () => {}, statement: () => {} } });
  const redis = redisOf(contract, secrets, breakers, log);
  const watch = createWatch({ contract, target, secrets, migrations: knownMigrations(), log: server.log });

  const used = redis ? { redis } : {};
  const messages = createMessages({
    contract,
    target,
    database: ownDatabase,
    secrets,
    log: server.log,
    ...used,
  });
  const health = { watch, breakers, breakerLog, pool, lifecycle, build, messages, ...used };
  const sources = { environment: contract.environment, health, breakers, pool, messages };
  const token = createOperatorToken(contract.admin, secrets, { readMs: contract.secretReadMs });
  const { endpoint, ratio } = contract.tracing;
  if (endpoint) traceRequests(server);
  addHealthRoutes(server, health, token);
  addAdminRoutes(server, {
    ...{ token, breakers, pool, audit: auditLog(server) },
    count: () => metrics.countOperatorAction(),
  });
  server.get('/metrics', { schema: metricsOperation }, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(prometheusText(metrics, sources)),
  );
  const api = addApi(server, { contract, breakers, database, ownDatabase, onEvent: messages.wake, ...used });
  routes?.(server, { database, breakers, ...used });

  return {
    build,
    database,
    pool,
    breakers,
    trace: async () =>
      endpoint
        ? startTracing({ endpoint, ratio, environment: contract.environment, build, log: server.log })
        : undefined,
    /** Begins to watch and to publish; gives what ends it. */
    start: (log: LogStream) => {
      const write = (line: string): void => void log.write(`${line}\n`);
      const background = [recoverWithoutTraffic(breaker, database.trial), ...api.background()];
      const redisBreaker = breakers.get('redis');
      if (redis && redisBreaker) background.push(recoverWithoutTraffic(redisBreaker, redis.trial));
      redis?.start();
      const endMessages = messages.start();
      watch.start();
      metrics.start(sources, contract.metricsIntervalMs, write);
      return async (): Promise<void> => {
        for (const task of background) task[Symbol.dispose]();
        // What is under way needs the pool and Redis.
        await endMessages(closingMs);
        metrics.stop(sources, write);
        await Promise.all([
          watch.stop(),
          pool.close(closingMs),
          redis?.close(closingMs),
          api.close(closingMs),
        ]);
      };
    },
  };
}
