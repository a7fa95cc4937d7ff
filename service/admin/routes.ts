/**
 * What operators may do, with a bearer token, and only from inside the network: whoever comes through the load
 * balancer is told that there is nothing here. Every action is one audit line with who, what, before and after.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Breaker, BreakerRegistry } from '../../core/resilience/index.ts';
import { fullBreakerView } from '../health/index.ts';
import { sendError } from '../http/errors.ts';
import type { Log } from '../log.ts';
import type { PoolStats } from '../postgres/index.ts';
import { operations } from './operations.ts';
import type { OperatorToken } from './token.ts';

export interface AdminOptions {
  token: OperatorToken;
  breakers: BreakerRegistry;
  pool: { readonly stats: PoolStats; replace(reason: string): void };
  /** Where audit lines go, whatever the log level is. */
  audit: Log;
  /** Called once for each action. */
  count: () => void;
}

interface Action {
  /** Who does it, in their own words. */
  actor?: string;
  reason?: string;
}

/** Headers that a load balancer adds and a client of it cannot take away. */
const forwarded = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded'];

const notFound = (request: FastifyRequest, reply: FastifyReply) =>
  sendError(request, reply, 404, 'Not Found');

/**
 * Runs before anything else of the request, its body included. A path that only becomes `/admin/…` once it is
 * decoded has come past a rule of the load balancer, and is not found.
 */
const guard = (token: OperatorToken) => async (request: FastifyRequest, reply: FastifyReply) => {
  const direct = request.raw.url?.startsWith('/admin/') && !forwarded.some((name) => name in request.headers);
  if (!direct) return notFound(request, reply);
  const verdict = await token.judge(request.headers.authorization);
  if (verdict === 'accepted') return undefined;
  if (verdict === 'off') return notFound(request, reply);
  if (verdict === 'unavailable') {
    reply.header('retry-after', '10');
    return sendError(request, reply, 503, 'the operator token cannot be read now; try again in 10 s');
  }
  request.log.warn({ address: request.ip, verdict }, 'operator route refused');
  reply.header('www-authenticate', 'Bearer realm="breakwater"');
  const detail =
    verdict === 'missing' ? 'send Authorization: Bearer <operator token>' : 'the operator token is wrong';
  return sendError(request, reply, 401, detail);
};

export function addAdminRoutes(
  server: FastifyInstance,
  { token, breakers, pool, audit, count }: AdminOptions,
): void {
  const record = (request: FastifyRequest, action: string, target: string, states: object): void => {
    const { actor = 'operator', reason = 'not given' } = (request.body ?? {}) as Action;
    count();
    // The first names are those of the lines about changes in AWS: one query finds both.
    const who = { action, target, actor, address: request.ip, how: 'hand' };
    audit.info({ audit: true, ...who, reason, traceId: request.id, ...states }, 'operator action');
  };

  const named = (request: FastifyRequest, reply: FastifyReply): Breaker | undefined => {
    const { name } = request.params as { name: string };
    const breaker = breakers.get(name);
    if (breaker) return breaker;
    sendError(
      request,
      reply,
      404,
      `no circuit breaker has that name; there are ${breakers.names().join(', ')}`,
    );
    return undefined;
  };

  /** Does something to the breaker of the path and says what it was and what it is. */
  const change =
    (action: string, apply: (breaker: Breaker, actor: string, reason: string) => void) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const breaker = named(request, reply);
      if (!breaker) return reply;
      const { actor = 'operator', reason = action } = (request.body ?? {}) as Action;
      const before = fullBreakerView(breaker.status());
      apply(breaker, actor, reason);
      const after = fullBreakerView(breaker.status());
      record(request, action, `breaker ${breaker.name}`, { before, after });
      return reply.send({ before, after });
    };

  server.register(
    async (admin) => {
      admin.addHook('onRequest', guard(token));
      admin.setNotFoundHandler({ preHandler: [] }, notFound);

      admin.get('/breakers', { schema: operations.breakers }, async () => ({
        breakers: breakers.statuses().map(fullBreakerView),
      }));
      admin.get('/breakers/:name', { schema: operations.breaker }, async (request, reply) => {
        const breaker = named(request, reply);
        return breaker ? reply.send(fullBreakerView(breaker.status())) : reply;
      });
      admin.post(
        '/breakers/:name/reset',
        { schema: operations.reset },
        change('reset', (breaker, actor, reason) => breaker.reset(actor, reason)),
      );
      admin.post(
        '/breakers/:name/open',
        { schema: operations.holdOpen },
        change('hold open', (breaker, actor, reason) => breaker.holdOpen(actor, reason)),
      );
      admin.post('/pools/reset', { schema: operations.resetPools }, async (request, reply) => {
        const before = pool.stats;
        pool.replace('an operator asked for it');
        const after = pool.stats;
        record(request, 'reset', 'pool postgres', { before, after });
        return reply.send({ before: { postgres: before }, after: { postgres: after } });
      });
    },
    { prefix: '/admin' },
  );
}
