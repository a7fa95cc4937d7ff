import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';

/** Paths that are asked every few seconds; their lines are for debugging only. */
const polled = ['/live', '/health/alb', '/health', '/ready', '/metrics'];

/** The path without its query, which may carry a key. */
export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '';

/** One line for each answered request. No header, no query, no body. */
export class RequestLog extends LogController {
  override incomingRequest(): void {}

  override requestCompleted(error: Error | null, request: FastifyRequest, reply: FastifyReply): void {
    const path = pathOf(request);
    const fields = {
      method: request.method,
      path,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    };
    if (error) request.log.error({ ...fields, error: error.message }, 'request');
    else if (polled.includes(path)) request.log.debug(fields, 'request');
    else request.log.info(fields, 'request');
  }
}
