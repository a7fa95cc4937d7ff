import type { ServerResponse } from 'node:http';
import { securityHeaders } from './guard.ts';

/** Everybody who listens at `GET /api/events`. */
export interface Listeners {
  add(response: ServerResponse): void;
  send(event: string, data: unknown): void;
  close(): void;
}

/** A comment now and then, so that a connection that is gone is noticed on both sides. */
const heartbeatMs = 15_000;

export const createListeners = (): Listeners => {
  const open = new Set<ServerResponse>();
  const timer = setInterval(() => {
    for (const response of open) response.write(': still here\n\n');
  }, heartbeatMs);
  timer.unref();
  return {
    add: (response) => {
      response.writeHead(200, { ...securityHeaders, 'content-type': 'text/event-stream' });
      // How soon the browser comes back when the twin was started again.
      response.write('retry: 1000\n\n');
      open.add(response);
      response.on('close', () => open.delete(response));
    },
    send: (event, data) => {
      const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      for (const response of open) response.write(text);
    },
    close: () => {
      clearInterval(timer);
      for (const response of open) response.end();
      open.clear();
    },
  };
};
