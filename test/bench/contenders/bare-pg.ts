/** A server that queries through the driver's own pool with its defaults, and answers what it hears. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveParent } from '../parent.ts';
import { pool } from './dependency-checks.ts';

const server = createServer(async (_request, response) => {
  try {
    const { rows } = await pool.query('SELECT 1 AS one');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(rows));
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    response.writeHead(500).end(code ?? message);
  }
});
// Longer than the generator keeps a connection, so that none is closed just when it is used.
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
serveParent({ port: (server.address() as AddressInfo).port });
