import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A server that speaks the real shapes of one that cannot be had here. */
export interface StandIn {
  /** Without a slash at the end. */
  url: string;
  close(): Promise<void>;
}

export interface StandInRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

export interface StandInAnswer {
  status: number;
  /** Text is sent as `text/html`, as Flask does; everything else as JSON. */
  body: unknown;
}

/** Serves `answer` on a free port of 127.0.0.1, under the name `localhost`. */
export const startStandIn = async (
  serverName: string,
  answer: (request: StandInRequest) => StandInAnswer,
): Promise<StandIn> => {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const sent = await text(request).catch(() => undefined);
    // A client that left in the middle waits for no answer.
    if (sent === undefined) return;
    const { status, body } = answer({
      method: request.method ?? 'GET',
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: sent,
    });
    response.writeHead(status, {
      server: serverName,
      'content-type': typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json',
    });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

/** The body as an object, or `undefined` when it is not one. */
export const jsonObject = (body: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(body === '' ? '{}' : body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};
