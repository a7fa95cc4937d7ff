import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { failure, send } from './answer.ts';
import { createListeners } from './events.ts';
import { createFaultSwitch } from './fault-switch.ts';
import { refusal } from './guard.ts';
import { answerTo, type RouteContext } from './routes.ts';
import { type Readiness, stateOf } from './state.ts';
import type { PageSubject } from './subject.ts';

/** The twin's page in a browser. */
export interface Page {
  /** Without a slash at the end. */
  url: string;
  /** Tells everybody who looks that something has changed: after each tick, and when a fault came or went. */
  changed(): Promise<void>;
  close(): Promise<void>;
}

/** `/ready` is answered from what is known already. */
const readyTimeoutMs = 500;

const askReady = async (url: string): Promise<Readiness> => {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(readyTimeoutMs) });
    return { status: response.status, body: await response.json() };
  } catch {
    return { status: null, body: null };
  }
};

/** A path as it was sent: `//x` is one too, and no host. */
const targetOf = ({ url = '/' }: IncomingMessage): URL | null =>
  URL.parse(url.startsWith('/') ? `http://localhost${url}` : url, 'http://localhost');

const listenFailure = (error: NodeJS.ErrnoException, port: number): Error =>
  error.code === 'EADDRINUSE'
    ? new Error(`--page-port ${port}: another program listens there. Leave it out for a free one.`)
    : error;

/**
 * Serves the page on 127.0.0.1.
 * @param port 0 for a free one
 * @throws Error when the port is taken
 */
export const startPage = async (subject: PageSubject, port = 0): Promise<Page> => {
  const listeners = createListeners();
  let ready: Readiness | undefined;
  const state = (): object => stateOf(subject, { ready, faults: faults.views() });
  const tell = (): void => listeners.send('state', state());
  const faults = createFaultSwitch(subject.twin, tell);
  const context: RouteContext = { subject, faults, state };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refused = refusal(request);
    if (refused !== undefined) return send(response, failure(403, refused));
    const url = targetOf(request);
    if (!url) return send(response, failure(400, `${request.url} is not a valid path.`));
    if (url.pathname === '/api/events' && request.method === 'GET') {
      listeners.add(response);
      response.write(`event: state\ndata: ${JSON.stringify(state())}\n\n`);
      return;
    }
    send(response, await answerTo(context, request.method ?? 'GET', url));
  };

  const server = createServer((request, response) => {
    // Nothing that is sent is read: a fault is named by the path.
    request.resume();
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) send(response, failure(500, String(error)));
      else response.destroy();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw listenFailure(error, port);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    changed: async () => {
      ready = await askReady(subject.twin.service.url);
      tell();
    },
    close: async () => {
      listeners.close();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
