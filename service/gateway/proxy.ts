import type { FastifyReply, FastifyRequest } from 'fastify';
import type { MlflowTarget } from '../../core/settings/index.ts';
import { presentedKey } from '../auth/index.ts';
import { sendError } from '../http/errors.ts';
import { CallerGone, type Upstream, type UpstreamRequest } from '../upstream/index.ts';
import { relayAnswer } from './answers.ts';
import { requestHeaders } from './headers.ts';
import { isUpload, type MappedTarget, type Mount, mapTarget } from './mounts.ts';
import { hasBody, passOn, readBody } from './request-body.ts';

export interface ProxyOptions {
  upstream: Upstream;
  target: MlflowTarget;
  /** Bytes of a body that is no upload. */
  mostBytes: number;
  /** Longest silence of a client in the middle of an upload, milliseconds. */
  idleMs: number;
}

/** Methods that change nothing may be sent again when a kept connection turned out to be closed. */
const safe = ['GET', 'HEAD', 'OPTIONS'];

/** A key that came in the query goes on in a header; the token of this service stands in where there is none. */
const credentials = (request: FastifyRequest, { token }: MlflowTarget): Record<string, string> => {
  const presented = presentedKey(request.headers, request.raw.url ?? '');
  const inQuery = typeof presented === 'object' && presented.inQuery;
  return {
    ...(inQuery ? { 'x-api-key': presented.key.reveal() } : {}),
    ...(token && request.headers.authorization === undefined
      ? { authorization: `Bearer ${token.reveal()}` }
      : {}),
  };
};

/** Aborted when the client is gone before it has its answer. */
const whileConnected = (reply: FastifyReply): AbortController => {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller;
};

const bodyOf = async (
  { raw, method }: FastifyRequest,
  { path }: MappedTarget,
  { mostBytes, idleMs }: ProxyOptions,
  client: AbortController,
): Promise<Partial<UpstreamRequest> & { length?: number }> => {
  if (!hasBody(raw)) return {};
  if (!isUpload(method, path)) {
    const body = await readBody(raw, mostBytes);
    return { body, length: body.length };
  }
  const { gone, ...passed } = await passOn(raw, idleMs, () =>
    client.abort(new CallerGone(`the body of the request has stopped for ${idleMs / 1_000} s`)),
  );
  return { ...passed, callerGone: gone };
};

/** Passes requests below a mount on to MLflow, and its answers back. */
export const proxy =
  (mount: Mount, options: ProxyOptions) => async (request: FastifyRequest, reply: FastifyReply) => {
    const { raw, method, identity } = request;
    const { upstream, target } = options;
    const mapped = mapTarget(mount, raw.url ?? '');
    if (!mapped)
      return sendError(
        request,
        reply,
        400,
        `the path is encoded where it need not be; write ${mount.prefix}/`,
      );
    const client = whileConnected(reply);
    const { length, ...content } = await bodyOf(request, mapped, options, client);
    const answer = await upstream.send({
      method,
      path: `${mapped.path}${mapped.query}`,
      headers: {
        ...requestHeaders(raw, identity),
        ...credentials(request, target),
        ...(length === undefined ? {} : { 'content-length': String(length) }),
      },
      ...content,
      signal: client.signal,
      repeatable: safe.includes(method),
    });
    return relayAnswer({ request, reply, answer, mount, path: mapped.path, target });
  };
