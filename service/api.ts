/** What clients use the service for: MLflow through the gateway, and the registration of models. */
import type { FastifyInstance } from 'fastify';
import type { BreakerRegistry } from '../core/resilience/index.ts';
import type { MlflowTarget } from '../core/settings/index.ts';
import { createGuard, redisKeyCache } from './auth/index.ts';
import type { Contract } from './contract.ts';
import { addGatewayRoutes } from './gateway/index.ts';
import type { Database } from './postgres/index.ts';
import type { Redis } from './redis/index.ts';
import {
  addRegistrationRoutes,
  completeInBackground,
  mlflowRegistry,
  registerRoute,
} from './registration/index.ts';
import { createUpstreams } from './upstreams.ts';

export interface ApiOptions {
  contract: Contract;
  breakers: BreakerRegistry;
  database: Database;
  /** For what runs by itself. */
  ownDatabase: Database;
  /** Told once an event is written. */
  onEvent(): void;
  /** Where it is used; with it the tasks know together which keys were accepted. */
  redis?: Redis;
}

export interface Api {
  /** Begins what runs without requests; each ends when it is disposed of. */
  background(): Disposable[];
  /** Ends the connections to the upstreams after at most `ms`. */
  close(ms: number): Promise<void>;
}

/** Nobody's request: only the service's own token can be shown. */
const ownCredentials = ({ token }: MlflowTarget): Record<string, string> =>
  token ? { authorization: `Bearer ${token.reveal()}` } : {};

export const addApi = (server: FastifyInstance, options: ApiOptions): Api => {
  const { contract, breakers, database, ownDatabase, redis, onEvent } = options;
  const upstreams = createUpstreams(contract, breakers, redis && redisKeyCache(redis));
  const { mlflow } = upstreams;
  server.decorateRequest('identity', null);
  const guard = createGuard(upstreams.authenticator, contract.registryAdmins);
  addGatewayRoutes(server, { guard, mlflow });
  addRegistrationRoutes(server, { guard, database, mlflow, onEvent });

  const completion = (): Disposable[] => {
    if (!mlflow) return [];
    const registry = mlflowRegistry(mlflow.upstream, ownCredentials(mlflow.target));
    return [
      completeInBackground({
        database: ownDatabase,
        mlflow: registry,
        route: registerRoute,
        log: server.log,
      }),
    ];
  };
  return {
    background: () => [upstreams.recover(), ...completion()],
    close: (ms) => upstreams.close(ms),
  };
};
