import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Guard } from '../auth/index.ts';
import { sendError } from '../http/errors.ts';
import { addSchemas } from '../openapi/index.ts';
import { mounts } from './mounts.ts';
import { mlflowErrorSchema, mountOperation } from './operations.ts';
import { type ProxyOptions, proxy } from './proxy.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

export interface GatewayOptions {
  guard: Guard;
  /** Undefined while its settings are wrong: then the log says why. */
  mlflow: ProxyOptions | undefined;
}

const switchedOff = async (request: FastifyRequest, reply: FastifyReply) => {
  reply.header('retry-after', '60');
  return sendError(request, reply, 503, 'MLflow is off: its settings are wrong (SETTING_INVALID)');
};

/** The mounts of MLflow. Only administrators of the registry get through; a preflight of a browser carries no key. */
export const addGatewayRoutes = (server: FastifyInstance, { guard, mlflow }: GatewayOptions): void => {
  addSchemas(server, [mlflowErrorSchema]);
  server.register(async (scope) => {
    // Bodies are not parsed here: they are passed on.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const config = { forMlflowClients: true, passesBodyOn: true };
    for (const mount of mounts) {
      const url = `${mount.prefix}/*`;
      const handler = mlflow ? proxy(mount, mlflow) : switchedOff;
      const onRequest = [guard.key, guard.registryAdmin];
      const schema = mountOperation(mount);
      scope.route({ method: methods, url, config, onRequest, handler, schema, exposeHeadRoute: false });
      scope.route({ method: 'OPTIONS', url, config, handler, schema });
    }
  });
};
