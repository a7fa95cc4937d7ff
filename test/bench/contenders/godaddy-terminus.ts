/** A server with the health check of @godaddy/terminus. It has no time-out of its own. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTerminus } from '@godaddy/terminus';
import { serveParent } from '../parent.ts';
import { askAuth, askMlflow, askPostgres } from './dependency-checks.ts';

const server = createServer((_request, response) => response.writeHead(404).end());
createTerminus(server, {
  healthChecks: { '/health': () => Promise.all([askPostgres(), askMlflow(), askAuth()]) },
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
serveParent({ port: (server.address() as AddressInfo).port });
