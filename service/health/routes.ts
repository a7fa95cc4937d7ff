import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OperatorToken } from '../admin/token.ts';
import { sendError } from '../http/errors.ts';
import { addSchemas, apiVersion } from '../openapi/index.ts';
import { breakerSchemas } from './breaker-schemas.ts';
import { mlflowOperations } from './mlflow-operations.ts';
import { mlflowSchemas } from './mlflow-schemas.ts';
import { mlflowConnectivity, mlflowHealth } from './mlflow-view.ts';
import { operations } from './operations.ts';
import { healthSchemas } from './schemas.ts';
import { type HealthSources, type ServiceSnapshot, takeSnapshot } from './snapshot.ts';
import { detailedView, historyView, summaryView } from './views.ts';

/** Seconds since the process started. */
const uptime = (): number => Math.round(process.uptime());

/** Resident memory of the process, in MiB with one decimal. */
const memory = (): number => Math.round((process.memoryUsage.rss() / (1024 * 1024)) * 10) / 10;

/** A history of a day that flapped is hundreds of entries: it is written out at most so often. */
const historyMs = 250;

/** Makes a text anew only when the last one is older than `lifeMs`. */
const keptFor = (lifeMs: number, make: (operator: boolean) => string) => {
  const kept = new Map<boolean, { text: string; at: number }>();
  return (operator: boolean): string => {
    const held = kept.get(operator);
    if (held && performance.now() - held.at < lifeMs) return held.text;
    const text = make(operator);
    kept.set(operator, { text, at: performance.now() });
    return text;
  };
};

const wantsDetails = (request: FastifyRequest): boolean =>
  ['true', '1'].includes((request.query as { detailed?: string }).detailed ?? '');

/**
 * The two paths that look at nothing but this process. `/live` says that the event loop turns; `/health/alb`
 * says whether the load balancer may send requests here. Neither asks a dependency: when a shared one fails,
 * every task would be taken out at once.
 */
const addProcessRoutes = (server: FastifyInstance, { lifecycle }: HealthSources): void => {
  server.get('/live', { schema: operations.live }, async () => ({
    alive: true,
    uptime: uptime(),
    memory_usage_mb: memory(),
  }));

  server.get('/health/alb', { schema: operations.loadBalancer }, async (_request, reply) => {
    const serving = lifecycle.phase === 'serving';
    return reply
      .code(serving ? 200 : 503)
      .send({ status: serving ? 'healthy' : lifecycle.phase, timestamp: new Date().toISOString() });
  });
};

/** Everything under /health, /ready and /version. All of it reads memory; nothing waits for a dependency. */
export function addHealthRoutes(server: FastifyInstance, sources: HealthSources, token: OperatorToken): void {
  addSchemas(server, [...healthSchemas, ...breakerSchemas, ...mlflowSchemas]);
  addProcessRoutes(server, sources);

  /**
   * Whether this request may see what only operators may: with a right token yes, without one no. A wrong one
   * is answered here, and gives undefined.
   */
  const mayDetail = async (request: FastifyRequest, reply: FastifyReply): Promise<boolean | undefined> => {
    const verdict = await token.judge(request.headers.authorization);
    if (verdict === 'accepted') return true;
    if (verdict !== 'rejected') return false;
    reply.header('www-authenticate', 'Bearer realm="breakwater"');
    sendError(request, reply, 401, 'the operator token is wrong; leave it out for the summary');
    return undefined;
  };

  const detailed = async (request: FastifyRequest, reply: FastifyReply) => {
    const operator = await mayDetail(request, reply);
    if (operator === undefined) return reply;
    const snapshot = takeSnapshot(sources);
    return reply
      .code(snapshot.overall === 'unhealthy' ? 503 : 200)
      .send(detailedView(snapshot, sources, operator));
  };

  server.get('/health', { schema: operations.health }, async (request, reply) => {
    if (wantsDetails(request)) return detailed(request, reply);
    const snapshot = takeSnapshot(sources);
    return reply
      .code(snapshot.overall === 'unhealthy' ? 503 : 200)
      .send(summaryView(snapshot, sources.build.version));
  });
  server.get('/health/detailed', { schema: operations.detailed }, detailed);

  const history = keptFor(historyMs, (operator: boolean) => JSON.stringify(historyView(sources, operator)));
  server.get('/health/history', { schema: operations.history }, async (request, reply) => {
    const operator = await mayDetail(request, reply);
    if (operator === undefined) return reply;
    return reply.type('application/json; charset=utf-8').send(history(operator));
  });

  server.get('/ready', { schema: operations.ready }, async (_request, reply) => {
    const { readiness } = takeSnapshot(sources);
    return reply.code(readiness.can_serve_traffic ? 200 : 503).send(readiness);
  });

  server.get('/version', { schema: operations.version }, async () => ({
    version: sources.build.version,
    build_date: sources.build.commitTime,
    git_commit: sources.build.gitCommit,
    commit_time: sources.build.commitTime,
    api_version: apiVersion,
  }));

  addMlflowRoutes(server, sources, token);
}

const addMlflowRoutes = (server: FastifyInstance, sources: HealthSources, token: OperatorToken): void => {
  const answer =
    (view: (service: ServiceSnapshot, operator: boolean) => { code: number; body: object }) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      // Its callers send their API key along, as to every other path: that is no wrong operator token.
      const operator = (await token.judge(request.headers.authorization)) === 'accepted';
      const service = takeSnapshot(sources).services.find(({ name }) => name === 'mlflow') as ServiceSnapshot;
      const { code, body } = view(service, operator);
      return reply.code(code).send(body);
    };
  const { policy } = sources.breakers.get('mlflow') ?? {};
  const opening = policy?.opening.kind === 'consecutive' ? policy.opening.failures : 0;
  const limits = { failures: opening, openMs: policy?.openMs ?? 0 };
  server.get(
    '/health/mlflow',
    { schema: mlflowOperations.health },
    answer((service, operator) => mlflowHealth(service, limits, operator)),
  );
  server.get('/api/health/mlflow', { schema: mlflowOperations.connectivity }, answer(mlflowConnectivity));
};
