import './route-config.ts';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Lifecycle } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import { describeRoutes } from '../openapi/index.ts';
import { limitBodies } from './body-deadline.ts';
import { answerError, sendError } from './errors.ts';
import { bodyBytes, bodyMs, headersMs, keepAliveMs, stalledMs } from './limits.ts';
import { followRequests } from './request-context.ts';
import { RequestLog } from './request-log.ts';
import { refuseUnclearTargets } from './request-target.ts';
import { traceIdFrom } from './trace-id.ts';

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

/**
 * The HTTP server without routes of its own but their description, not listening yet. Log lines are JSON and never
 * hold a header.
 */
export async function createServer({
  lifecycle,
  environment,
  logLevel,
  log,
}: ServerOptions): Promise<FastifyInstance> {
  const server = Fastify({
    bodyLimit: bodyBytes,
    keepAliveTimeout: keepAliveMs,
    connectionTimeout: stalledMs,
    // Uploads may take long; everything else has its own deadline.
    http: { headersTimeout: headersMs, requestTimeout: 0 },
    // The load balancer hears of the drain from /health/alb; requests that still come are answered.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    logController: new RequestLog({ requestIdLogLabel: 'traceId' }),
    // One id in log lines, errors, traces and calls to upstreams. No header of the client is logged as it is.
    genReqId: traceIdFrom,
    requestIdHeader: false,
    // A field that is not known is said to be wrong; nothing is changed to make it fit.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } },
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

  followRequests(server);
  refuseUnclearTargets(server);
  limitBodies(server, bodyMs);
  server.addHook('onSend', async (_request, reply) => {
    // A client that keeps its connection would otherwise hold a draining task until the deadline.
    if (lifecycle.phase === 'draining') reply.header('connection', 'close');
  });
  server.setNotFoundHandler((request, reply) => sendError(request, reply, 404, 'Not Found'));
  server.setErrorHandler(answerError);
  // Here, because routes that are added before it are in no document.
  await describeRoutes(server);
  return server;
}

/** Lines that are written whatever the level is. */
export const auditLog = (server: FastifyInstance): Log => server.log.child({}, { level: 'info' });
