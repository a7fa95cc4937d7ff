/** What routes ask of their callers, with the answers that clients know. */
import { isIP } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendError } from '../http/errors.ts';
import { presentedKey } from './api-key.ts';
import type { Verdict } from './auth-service.ts';
import type { Authenticator } from './authenticator.ts';
import { type Identity, isRegistryAdmin, mayWrite, type RegistryAdmins, writeScopes } from './identity.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key it came with; null on routes that ask for none. */
    identity: Identity | null;
  }
}

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

export interface Guard {
  /** Lets in whoever has a key, and notes who that is. */
  key: Hook;
  /** After `key`: only those who may use the MLflow registry. */
  registryAdmin: Hook;
  /** After `key`: only those who may write and have a balance. `detail` is what the others read. */
  writer(detail: string): Hook;
}

/** The address that the first of the proxies saw; it says where a request comes from, and gives no rights. */
const clientAddress = ({ headers, socket }: FastifyRequest): string | undefined => {
  const first = String(headers['x-forwarded-for'] ?? '')
    .split(',', 1)[0]
    ?.trim();
  return first && isIP(first) ? first : socket.remoteAddress;
};

const unauthorized = (request: FastifyRequest, reply: FastifyReply, detail: string) => {
  reply.header('www-authenticate', 'Bearer realm="breakwater"');
  return sendError(request, reply, 401, detail);
};

const refuse = (
  request: FastifyRequest,
  reply: FastifyReply,
  verdict: Exclude<Verdict, { kind: 'valid' }>,
) => {
  switch (verdict.kind) {
    case 'rejected':
      return unauthorized(request, reply, 'Invalid or expired API key');
    case 'malformed':
      return unauthorized(request, reply, 'Authentication service error');
    case 'limited':
      reply.header('retry-after', verdict.retryAfter);
      return sendError(request, reply, 429, 'Rate limit exceeded');
    case 'unavailable': {
      const { how, cause, waitMs } = verdict;
      request.log.warn({ dependency: 'auth', cause }, 'a key could not be judged');
      reply.header('retry-after', String(Math.max(1, Math.ceil(waitMs / 1_000))));
      return sendError(request, reply, 503, `Authentication service ${how}`, { cause });
    }
  }
};

export const createGuard = (authenticator: Authenticator, admins: RegistryAdmins): Guard => ({
  key: async (request, reply) => {
    const presented = presentedKey(request.headers, request.raw.url ?? '');
    if (presented === 'missing') return unauthorized(request, reply, 'API key required');
    const verdict: Verdict =
      presented === 'unusable'
        ? { kind: 'rejected' }
        : await authenticator.judge(presented.key, clientAddress(request));
    if (verdict.kind !== 'valid') return refuse(request, reply, verdict);
    request.identity = verdict.identity;
    return undefined;
  },
  registryAdmin: async (request, reply) =>
    request.identity && isRegistryAdmin(request.identity, admins)
      ? undefined
      : sendError(request, reply, 403, 'Admin access required for the model registry', {
          error: 'REGISTRY_ADMIN_REQUIRED',
        }),
  writer: (detail) => async (request, reply) => {
    const { identity } = request;
    if (identity && !identity.hasSufficientBalance)
      return sendError(request, reply, 402, 'Insufficient balance');
    return identity && mayWrite(identity)
      ? undefined
      : sendError(request, reply, 403, detail, {
          error: 'FORBIDDEN',
          required_scope: writeScopes,
          current_scopes: identity?.scopes ?? [],
        });
  },
});
