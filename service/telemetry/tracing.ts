/**
 * Traces over OpenTelemetry: a span for each request, for each statement and for each call to an upstream. Off
 * unless a collector is named; then nothing of it is loaded, and the calls in the code do nothing.
 */
import { type Context, context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { traceIdOf } from '../http/errors.ts';
import { pathOf } from '../http/request-log.ts';
import { giveRootTraceId } from './root-trace-id.ts';
import type { Tracing, TracingOptions } from './tracing-options.ts';

const instrumentation = 'breakwater';

/** Loads the SDK and begins. */
export const startTracing = async (options: TracingOptions): Promise<Tracing> => {
  const { startSdk } = await import('./tracing-sdk.ts');
  return startSdk(options);
};

/** Paths that are polled: a trace of each would say nothing and cost money. */
const untraced = (path: string): boolean =>
  ['/live', '/ready', '/metrics', '/version'].includes(path) || path.startsWith('/health');

/** A server span around each request, child of its caller's. */
export const traceRequests = (server: FastifyInstance): void => {
  const contexts = new WeakMap<FastifyRequest, Context>();
  server.addHook('onRequest', (request, reply, done) => {
    const path = pathOf(request);
    if (untraced(path)) return done();
    const parent = propagation.extract(context.active(), request.headers);
    giveRootTraceId(traceIdOf(request));
    const span = trace.getTracer(instrumentation).startSpan(
      request.method,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': request.method,
          'url.path': path,
          'url.scheme': 'http',
          'user_agent.original': request.headers['user-agent'] ?? '',
        },
      },
      parent,
    );
    reply.raw.once('close', () => {
      const route = request.routeOptions.url;
      if (route) {
        span.updateName(`${request.method} ${route}`);
        span.setAttribute('http.route', route);
      }
      span.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    const entered = trace.setSpan(parent, span);
    contexts.set(request, entered);
    return context.with(entered, done);
  });
  // Reading a body leaves the context: its events come from the connection.
  server.addHook('preValidation', (request, _reply, done) =>
    context.with(contexts.get(request) ?? context.active(), done),
  );
};
