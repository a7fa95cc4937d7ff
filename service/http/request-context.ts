import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../log.ts';

const traceIds = new AsyncLocalStorage<string>();

/** The trace id of the request that this code runs for; undefined outside of any. */
export const currentTraceId = (): string | undefined => traceIds.getStore();

/** Lets everything that a request sets off know its trace id. */
export const followRequests = (server: FastifyInstance): void => {
  const enter = (request: FastifyRequest, _reply: FastifyReply, done: () => void): void =>
    traceIds.run(String(request.id), done);
  server.addHook('onRequest', enter);
  // Reading a body leaves the context: its events come from the connection.
  server.addHook('preValidation', enter);
};

/** The same log, with the trace id of the request at hand in each line. */
export const withTraceId = (log: Log): Log => {
  const add = (fields: object): object => {
    const traceId = currentTraceId();
    return traceId === undefined ? fields : { ...fields, traceId };
  };
  return {
    debug: (fields, message) => log.debug(add(fields), message),
    info: (fields, message) => log.info(add(fields), message),
    warn: (fields, message) => log.warn(add(fields), message),
    error: (fields, message) => log.error(add(fields), message),
  };
};
