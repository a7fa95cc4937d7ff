import type { FastifyInstance } from 'fastify';
import type { Lifecycle } from '../lifecycle.ts';

/** Seconds since the process started. */
const uptime = (): number => Math.round(process.uptime());

/** Resident memory of the process, in MiB with one decimal. */
const memory = (): number => Math.round((process.memoryUsage.rss() / (1024 * 1024)) * 10) / 10;

/**
 * The two health paths that look at nothing but this process. `/live` says that the event loop turns;
 * `/health/alb` says whether the load balancer may send requests here. Neither asks a dependency: when a
 * shared one fails, every task would be taken out at once.
 */
export function addHealthRoutes(server: FastifyInstance, lifecycle: Lifecycle): void {
  server.get('/live', async () => ({
    alive: true,
    uptime: uptime(),
    memory_usage_mb: memory(),
  }));

  server.get('/health/alb', async (_request, reply) => {
    const serving = lifecycle.phase === 'serving';
    return reply
      .code(serving ? 200 : 503)
      .send({ status: serving ? 'healthy' : lifecycle.phase, timestamp: new Date().toISOString() });
  });
}
