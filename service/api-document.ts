/** The OpenAPI document without a running service. */
import type { FastifyInstance } from 'fastify';
import { assemble } from './assembly.ts';
import { readContract } from './contract.ts';
import { createServer } from './http/server.ts';
import { createLifecycle } from './lifecycle.ts';
import { documentOf, type OpenApiDocument } from './openapi/index.ts';

/** Settings with which every part is there. Nothing is started, so nobody is asked. */
const settings = {
  ENVIRONMENT: 'development',
  DATABASE_HOST: 'database.invalid',
  DATABASE_NAME: 'app',
  DATABASE_USER: 'app',
  DATABASE_PASSWORD: 'none',
  REDIS_ENABLED: 'true',
  REDIS_HOST: 'redis.invalid',
  MLFLOW_TRACKING_URI: 'https://mlflow.invalid',
  AUTH_SERVICE_URL: 'https://auth.invalid',
};

/** Every route of the service, on a server that does not listen. `prepare` runs before they are added. */
export async function describeService(
  prepare: (server: FastifyInstance) => void = () => undefined,
): Promise<OpenApiDocument> {
  const contract = readContract(settings);
  if (!contract.postgres.ok) throw new Error(JSON.stringify(contract.postgres.problems));
  const lifecycle = createLifecycle();
  const { environment } = contract;
  const silent = { write: () => undefined };
  const server = await createServer({ lifecycle, environment, logLevel: 'silent', log: silent });
  prepare(server);
  assemble(server, contract, contract.postgres.value, lifecycle, {});
  try {
    await server.ready();
    return documentOf(server);
  } finally {
    await server.close();
  }
}
