import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { addHealthRoutes } from '../health/process-routes.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { bodyBytes, headersMs, keepAliveMs, requestMs } from './limits.ts';
import { pathOf, RequestLog } from './request-log.ts';

/** Where log lines go. */
export interface LogStream {
  write(line: string): unknown;
}

export interface ServerOptions {
  lifecycle: Lifecycle;
  environment: string;
  logLevel: string;
  log: LogStream;
}

/** Errors of the request are explained to the client; errors of ours are only logged. */
function answerError(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status < 500) return reply.code(status).send({ detail: error.message });
  request.log.error({ error: error.message, stack: error.stack, path: pathOf(request) }, 'request failed');
  return reply.code(status).send({ detail: 'Internal Server Error' });
}

/** The HTTP server with all its routes, not listening yet. Log lines are JSON and never hold a header. */
export function createServer({ lifecycle, environment, logLevel, log }: ServerOptions): FastifyInstance {
  const server = Fastify({
    bodyLimit: bodyBytes,
    keepAliveTimeout: keepAliveMs,
    requestTimeout: requestMs,
    http: { headersTimeout: headersMs },
    // The load balancer hears of the drain from /health/alb; requests that still come are answered.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    logController: new RequestLog(),
    logger: {
      level: logLevel,
      base: { environment },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      stream: { write: (line: string) => void log.write(line) },
      hooks: {
        // Fastify announces each address by itself; its text is made empty where it listens, for one line of ours.
        logMethod(args, method) {
          if ((args as unknown[])[0] !== '') method.apply(this, args);
        },
      },
    },
  });

  server.addHook('onSend', async (_request, reply) => {
    // A client that keeps its connection would otherwise hold a draining task until the deadline.
    if (lifecycle.phase === 'draining') reply.header('connection', 'close');
  });
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ detail: 'Not Found' }));
  server.setErrorHandler(answerError);

  addHealthRoutes(server, lifecycle);
  return server;
}
