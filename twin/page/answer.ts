import type { ServerResponse } from 'node:http';
import { securityHeaders } from './guard.ts';

/** What a route answers, unless it keeps the connection. */
export interface Answer {
  status: number;
  type: string;
  body: string | Buffer;
  headers?: Record<string, string>;
}

export const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
});

export const failure = (status: number, error: string, more: object = {}): Answer =>
  json(status, { error, ...more });

export const html = (body: string): Answer => ({ status: 200, type: 'text/html; charset=utf-8', body });

export const send = (response: ServerResponse, { status, type, body, headers }: Answer): void => {
  response.writeHead(status, {
    ...securityHeaders,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
};
