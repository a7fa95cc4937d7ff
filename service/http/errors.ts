import type { FastifyReply, FastifyRequest } from 'fastify';
import { MessageRefused } from '../../core/messages/index.ts';
import { CircuitOpenError } from '../../core/resilience/index.ts';
import { DatabaseError } from '../postgres/index.ts';
import { RedisError } from '../redis/index.ts';
import { CallerGone, UpstreamBusy, UpstreamError } from '../upstream/index.ts';
import { mlflowErrorCode } from './mlflow-errors.ts';
import { pathOf } from './request-log.ts';

/** Every error of the service has this body. */
export interface ErrorBody {
  /** One sentence: what is wrong, and what to do instead where that is known. */
  detail: string;
  /** The same as in the log lines and in the traces of this request. */
  trace_id: string;
  /** A name of the error where clients tell it from others of its status. */
  error?: string;
  /** On the paths of MLflow also what its client reads. */
  error_code?: string;
  message?: string;
  [more: string]: unknown;
}

/** Answers with an error; the one place that knows its shape. */
export const sendError = (
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  detail: string,
  more: Record<string, unknown> = {},
) => {
  const forMlflow = request.routeOptions.config.forMlflowClients
    ? { error_code: mlflowErrorCode(status), message: detail }
    : {};
  const body: ErrorBody = { detail, trace_id: traceIdOf(request), ...more, ...forMlflow };
  return reply.code(status).type('application/json; charset=utf-8').send(body);
};

/** The id of the request is the trace id: of its caller, of its span, or its own. */
export const traceIdOf = (request: FastifyRequest): string => String(request.id);

/** Seconds for Retry-After: whole, at least one. */
const retryAfter = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1_000)));

/** While the database is away but its breaker is not open yet. */
const shortPauseMs = 1_000;

/** Addresses and the server's own words stay in the log. */
const sendUnavailable = (
  request: FastifyRequest,
  reply: FastifyReply,
  what: string,
  cause: string,
  waitMs: number,
) => {
  const seconds = retryAfter(waitMs);
  reply.header('retry-after', seconds);
  return sendError(request, reply, 503, `${what} cannot be used now (${cause}); try again in ${seconds} s`);
};

/** In the words of the log the client would see addresses: it gets the cause. */
const sendUpstreamError = (request: FastifyRequest, reply: FastifyReply, error: UpstreamError) => {
  const { upstream, cause, phase, failure } = error;
  request.log.warn(
    { dependency: upstream, phase, cause, detail: failure.detail, evidence: failure.evidence },
    `${upstream} did not answer`,
  );
  return error.late
    ? sendError(request, reply, 504, `${upstream} did not answer in time (${cause})`)
    : sendError(request, reply, 502, `${upstream} cannot be reached (${cause})`);
};

type HttpError = Error & { statusCode?: number; validation?: unknown; code?: string };

/** The database is well, and what was asked will work in a moment: no turn in the pool, or a lock that others hold. */
const passing: readonly string[] = ['POOL_EXHAUSTED', 'QUERY_TIMEOUT', 'TRANSACTION_CONFLICT'];

/** A body can be wrong in as many places as it has. */
const longestDetail = 1_500;
const shortened = (text: string): string =>
  text.length > longestDetail ? `${text.slice(0, longestDetail)}…` : text;

/** Fastify says the same of both. */
const noJson =
  'the body is no JSON, or has a field __proto__, or prototype in a field constructor; send JSON without them';

/** Whose failure it is and why, for the log. What no dependency refused is a defect of this program. */
const reasonOf = (error: HttpError) => {
  if (error instanceof DatabaseError)
    return { dependency: 'postgres', cause: error.cause, sqlstate: error.sqlstate };
  return error instanceof RedisError
    ? { dependency: 'redis', cause: error.cause }
    : { cause: 'UNKNOWN' as const };
};

/** Errors of the request are explained to the client; errors of ours are only logged. */
export const answerError = (error: HttpError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  if (error instanceof CircuitOpenError)
    return sendUnavailable(request, reply, error.breaker, error.cause, error.retryAfterMs);
  if (error instanceof DatabaseError && error.failure.unavailable)
    return sendUnavailable(request, reply, 'postgres', error.cause, shortPauseMs);
  if (error instanceof DatabaseError && passing.includes(error.cause))
    return sendUnavailable(request, reply, 'postgres', error.cause, shortPauseMs);
  if (error instanceof UpstreamError) return sendUpstreamError(request, reply, error);
  if (error instanceof UpstreamBusy)
    return sendUnavailable(request, reply, error.upstream, error.cause, shortPauseMs);
  if (error instanceof CallerGone) {
    reply.header('connection', 'close');
    return sendError(request, reply, 408, error.message);
  }
  if (error instanceof RedisError && error.failure.blame !== 'command')
    return sendUnavailable(request, reply, 'redis', error.cause, shortPauseMs);
  if (error instanceof MessageRefused) return sendError(request, reply, 422, error.problems.join('; '));
  if (error.code === 'FST_ERR_CTP_INVALID_JSON_BODY') return sendError(request, reply, 400, noJson);
  const status = error.validation ? 422 : (error.statusCode ?? 500);
  if (status < 500) return sendError(request, reply, status, shortened(error.message));
  const fields = { ...reasonOf(error), error: error.message, stack: error.stack, path: pathOf(request) };
  request.log.error(fields, 'request failed');
  return sendError(request, reply, status, 'Internal Server Error');
};
