import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { MlflowTarget } from '../../core/settings/index.ts';
import type { Guard } from '../auth/index.ts';
import { sendError, traceIdOf } from '../http/errors.ts';
import type { Database } from '../postgres/index.ts';
import type { Upstream } from '../upstream/index.ts';
import { announce } from './announce.ts';
import { idempotencyKey, requestHash } from './idempotency-key.ts';
import { demandKeepable, knownFields } from './judge.ts';
import { type MlflowRegistry, mlflowRegistry } from './mlflow-registry.ts';
import { announceOperation, registerOperation } from './operations.ts';
import { register } from './register.ts';
import {
  type ModelRegistration,
  modelRegistrationSchema,
  Refused,
  type TokenizedEvent,
  tokenizedEventSchema,
} from './request.ts';
import type { Answer, RegistrationKey } from './store.ts';

export interface RegistrationOptions {
  guard: Guard;
  database: Database;
  /** Undefined while its settings are wrong. */
  mlflow: { upstream: Upstream; target: MlflowTarget } | undefined;
  /** Told once an event is written. */
  onEvent(): void;
}

/** Both are known to clients. */
const mounts = ['/models', '/api/models'] as const;

export const registerRoute = 'register';
const announceRoute = 'tokenized-registration-events';

/** The token of this service, or without one what the caller has shown: MLflow's own gateway may want it. */
const credentialsOf = (request: FastifyRequest, { token }: MlflowTarget): Record<string, string> => {
  if (token) return { authorization: `Bearer ${token.reveal()}` };
  const { authorization, 'x-api-key': key } = request.headers;
  return {
    ...(authorization ? { authorization } : {}),
    ...(typeof key === 'string' ? { 'x-api-key': key } : {}),
  };
};

const keyOf = (request: FastifyRequest, route: string): RegistrationKey => {
  const { identity, body } = request;
  const hash = requestHash(body);
  const owner = identity?.userId || identity?.keyId || 'unknown';
  return { owner, key: `${route}:${idempotencyKey(request, hash)}`, route, hash };
};

interface Outcome {
  answer: Answer;
  replayed: boolean;
}

const send = (reply: FastifyReply, { answer, replayed }: Outcome) => {
  if (replayed) reply.header('idempotency-replayed', 'true');
  return reply.code(answer.status).send(answer.body);
};

/** Refusals of this folder; everything else is the business of the service's own handler. */
const refusing =
  (work: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) =>
  async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      return await work(request, reply);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter));
      return sendError(request, reply, error.statusCode, error.message);
    }
  };

/** Registering models, beside MLflow's own paths. */
export const addRegistrationRoutes = (server: FastifyInstance, options: RegistrationOptions): void => {
  const { guard, database, mlflow, onEvent } = options;
  const done = (reply: FastifyReply, outcome: Outcome) => {
    if (!outcome.replayed && outcome.answer.body.event_emitted) onEvent();
    return send(reply, outcome);
  };
  const registryFor = (request: FastifyRequest): MlflowRegistry | undefined =>
    mlflow && mlflowRegistry(mlflow.upstream, credentialsOf(request, mlflow.target));

  const onRegister = refusing(async (request, reply) => {
    const registry = registryFor(request);
    if (!registry) throw new Refused(503, 'MLflow is off: its settings are wrong (SETTING_INVALID)', 60);
    const model = knownFields<ModelRegistration>(request.body, modelRegistrationSchema);
    demandKeepable(model);
    const key = keyOf(request, registerRoute);
    return done(
      reply,
      await register(database, { key, model, mlflow: registry, traceId: traceIdOf(request) }),
    );
  });

  const onAnnounce = refusing(async (request, reply) => {
    const event = knownFields<TokenizedEvent>(request.body, tokenizedEventSchema);
    demandKeepable(event);
    const key = keyOf(request, announceRoute);
    const mlflowOfCaller = registryFor(request);
    return done(
      reply,
      await announce(database, { key, event, mlflow: mlflowOfCaller, traceId: traceIdOf(request) }),
    );
  });

  for (const mount of mounts) {
    server.post(
      `${mount}/${registerRoute}`,
      {
        onRequest: [guard.key, guard.writer('A scope that lets you write is required')],
        schema: registerOperation(mount),
      },
      onRegister,
    );
    server.post(
      `${mount}/${announceRoute}`,
      {
        onRequest: [guard.key, guard.writer('Insufficient permissions for model registration events')],
        schema: announceOperation(mount),
      },
      onAnnounce,
    );
  }
};
