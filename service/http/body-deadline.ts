import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { sendError } from './errors.ts';

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * Gives the body of a request so many milliseconds. Routes that pass bodies on as they come are left out: an
 * upload may take as long as it goes on, and one that does not is ended with its idle connection.
 */
export const limitBodies = (server: FastifyInstance, bodyMs: number): void => {
  server.addHook('onRequest', (request, reply, done) => {
    const { raw, routeOptions } = request;
    if (!hasBody(raw) || routeOptions.config.passesBodyOn) return done();
    const timer = setTimeout(() => {
      if (raw.complete || reply.sent) return;
      reply.header('connection', 'close');
      sendError(request, reply, 408, `the body of the request did not come within ${bodyMs / 1_000} s`);
      reply.raw.once('finish', () => raw.destroy());
    }, bodyMs);
    // A request whose body nobody reads does not close before its connection does.
    for (const end of [raw, reply.raw]) end.once('close', () => clearTimeout(timer));
    done();
  });
};
