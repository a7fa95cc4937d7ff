import type { FastifyInstance } from 'fastify';
import type { BreakerRegistry } from '../core/resilience/index.ts';
import { type Environment, problemsMessage } from '../core/settings/index.ts';
import { type AssemblyOptions, assemble, closingMs } from './assembly.ts';
import { readContract } from './contract.ts';
import { createServer, type LogStream } from './http/server.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import type { ConnectionPool, Database } from './postgres/index.ts';

export interface RunningService {
  host: string;
  port: number;
  lifecycle: Lifecycle;
  /** What the routes use, for benches and tests that measure without them. */
  database: Database;
  pool: ConnectionPool;
  breakers: BreakerRegistry;
  /**
   * Drains and stops: `/health/alb` answers 503 at once, the listener closes after SHUTDOWN_DELAY, and
   * requests in flight get SHUTDOWN_TIMEOUT more. Resolves when nothing is left; never rejects. Calling it again waits
   * for the same end.
   */
  stop(reason: string): Promise<void>;
}

export type StartOutcome = { ok: true; service: RunningService } | { ok: false; message: string };

export interface StartOptions extends AssemblyOptions {
  /** Where log lines go; standard output unless set. */
  log?: LogStream;
}

/**
 * Starts the service with the settings of `env`. Refuses, with every problem in one message and nothing
 * started, when its own or PostgreSQL's settings are wrong, or when it cannot listen. Wrong settings of
 * another dependency are that dependency's failure, and are logged as warnings.
 */
export async function startService(env: Environment, options: StartOptions = {}): Promise<StartOutcome> {
  const contract = readContract(env);
  const { postgres } = contract;
  if (contract.refusals.length > 0 || !postgres.ok)
    return { ok: false, message: problemsMessage(contract.refusals) };
  const { host, port } = contract;
  const lifecycle = createLifecycle();
  const { log = process.stdout } = options;
  const server = await createServer({
    lifecycle,
    environment: contract.environment,
    logLevel: contract.logLevel,
    log,
  });
  const parts = assemble(server, contract, postgres.value, lifecycle, options);
  const tracing = await parts.trace();

  const bound = await listen(server, host, port);
  if (!bound.ok) {
    await Promise.all([parts.pool.close(closingMs), tracing?.stop(closingMs)]);
    return bound;
  }
  for (const warning of contract.warnings) server.log.warn(warning);
  for (const { dependency, problems } of contract.switchedOff) {
    const named = problems.map(({ variable, cause, message }) => ({ variable, cause, message }));
    server.log.warn({ dependency, problems: named }, `${dependency} is off: its settings are wrong`);
  }
  const { version, gitCommit } = parts.build;
  server.log.info({ host, port: bound.port, version, gitCommit }, 'listening');
  const stopParts = parts.start(log);
  lifecycle.serve();

  let stopping: Promise<void> | undefined;
  const stop = async (reason: string): Promise<void> => {
    await drain(server, reason, contract.shutdownDelayMs, contract.shutdownTimeoutMs);
    await stopParts();
    await tracing?.stop(closingMs);
    server.log.info('stopped');
  };
  return {
    ok: true,
    service: {
      host,
      port: bound.port,
      lifecycle,
      database: parts.database,
      pool: parts.pool,
      breakers: parts.breakers,
      stop(reason) {
        lifecycle.drain();
        stopping ??= stop(reason);
        return stopping;
      },
    },
  };
}

type Bound = { ok: true; port: number } | { ok: false; message: string };

async function listen(server: FastifyInstance, host: string, port: number): Promise<Bound> {
  try {
    await server.listen({ host, port, listenTextResolver: () => '' });
  } catch (error) {
    await server.close();
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the service cannot listen on ${host}:${port}: ${reason}; set API_HOST and API_PORT to an address and a port that are free`;
    return { ok: false, message };
  }
  const address = server.server.address();
  return { ok: true, port: address !== null && typeof address === 'object' ? address.port : port };
}

async function drain(
  server: FastifyInstance,
  reason: string,
  delayMs: number,
  timeoutMs: number,
): Promise<void> {
  server.log.info({ reason, delayMs }, 'draining');
  await new Promise((resolve) => setTimeout(resolve, delayMs));

  let cut = false;
  const deadline = setTimeout(() => {
    cut = true;
    server.server.closeAllConnections();
  }, timeoutMs);
  await server.close();
  clearTimeout(deadline);
  if (cut) server.log.warn({ limitMs: timeoutMs }, 'requests in flight were cut off');
}
