import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Check } from '../../../core/checks/index.ts';
import { scriptedServer } from '../../fixtures/scripted-server.ts';
import type { World } from '../fault.ts';
import { checkAt, token } from './places.ts';

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}

type Respond = (request: IncomingMessage, response: ServerResponse) => void;
type Environment = Record<string, string>;

export interface HttpWorld extends World {
  /** The check of a port, with these settings besides. */
  check(
    dependency: 'mlflow' | 'auth',
    port: number,
    environment?: Environment,
    seconds?: number,
  ): Promise<Check>;
  /** A real HTTP server; its port. */
  serve(respond: Respond): Promise<number>;
  /** A server of another kind; its port. */
  script(onSocket: Parameters<typeof scriptedServer>[0]): Promise<number>;
}

/** Answers the API with this, and `/health` as a server that is well. */
export const answering =
  ({ status = 200, headers = {}, body = '{}' }: Answer): Respond =>
  (request, response) => {
    request.resume();
    if (request.url === '/health') return response.end('OK');
    return response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };

export const loadBalancer = { server: 'awselb/2.0', 'content-type': 'text/html' };

/** The page that a load balancer of AWS shows. */
export const balancerPage = (status: string): string =>
  `<html>\r\n<head><title>${status}</title></head>\r\n<body>\r\n<center><h1>${status}</h1></center>\r\n</body>\r\n</html>\r\n`;

export const startHttpWorld = async (): Promise<HttpWorld> => {
  const disposables: World['disposables'] = [];
  return {
    secrets: [token, 'a-secret-of-the-row'],
    disposables,
    check: (dependency, port, more = {}, seconds = 1) =>
      checkAt[dependency]({ host: '127.0.0.1', port, seconds, more }),
    serve: async (respond) => {
      const server = createServer(respond).listen(0, '127.0.0.1');
      await once(server, 'listening');
      disposables.push(() => {
        server.closeAllConnections();
        server.close();
      });
      return (server.address() as { port: number }).port;
    },
    script: async (onSocket) => {
      const server = await scriptedServer(onSocket);
      disposables.push(server.dispose);
      return server.port;
    },
  };
};
