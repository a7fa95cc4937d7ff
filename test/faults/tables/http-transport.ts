/** MLflow and the auth service: answers that do not come, or not whole, and servers of another kind. */

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Check } from '../../../core/checks/index.ts';
import { createCertificateAuthority } from '../../../twin/certificates.ts';
import { startPostgres } from '../../../twin/servers/postgres.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { startRedisProcess } from '../../fixtures/redis-process.ts';
import type { Fault } from '../fault.ts';
import type { HttpWorld } from '../worlds/http-world.ts';

type Upstream = 'mlflow' | 'auth';

type Row = Omit<Fault<HttpWorld>, 'dependency' | 'run'> & {
  run(world: HttpWorld, dependency: Upstream): Promise<Check>;
};

const begun = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });

/** Does this with the answer to the API, and answers all else at once. */
const withApi =
  (act: (response: ServerResponse) => void, seconds = 0.3) =>
  async ({ serve, check }: HttpWorld, dependency: Upstream) => {
    const port = await serve((request, response) => {
      request.resume();
      if (request.url?.startsWith('/api/')) act(response);
      else response.end('OK');
    });
    return check(dependency, port, {}, seconds);
  };

const scripted =
  (onSocket: Parameters<HttpWorld['script']>[0]) =>
  async ({ script, check }: HttpWorld, dependency: Upstream) =>
    check(dependency, await script(onSocket), {}, 0.3);

const rows: readonly Row[] = [
  {
    name: 'headers that come too late',
    cause: 'RESPONSE_TIMEOUT',
    evidence: { health: 200 },
    toldApart: /HTTP answered.*\/health answers 200/,
    run: withApi(() => undefined),
  },
  {
    name: 'a body that stops',
    cause: 'RESPONSE_STALLED',
    evidence: { bodyBytes: 1, health: 200 },
    run: withApi((response) => begun(response).write('{')),
  },
  {
    name: 'a body that is cut',
    cause: 'RESPONSE_TRUNCATED',
    evidence: { health: 200 },
    run: withApi((response) => {
      begun(response).write('{');
      setTimeout(() => response.destroy(), 20);
    }),
  },
  {
    name: 'a connection that is closed without an answer',
    cause: 'CONNECTION_RESET',
    evidence: { health: 200 },
    run: withApi((response) => response.destroy()),
  },
  {
    name: 'a body without an end',
    cause: 'UNEXPECTED_CONTENT',
    run: withApi((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write('x'.repeat(65_536)), 1);
      response.on('close', () => clearInterval(timer));
    }, 2),
  },
  {
    name: 'a server that is silent to everything',
    cause: 'RESPONSE_TIMEOUT',
    toldApart: /HTTP silent, Redis silent, PostgreSQL silent, TLS silent, nothing sent silent/,
    run: scripted(() => undefined),
  },
  {
    name: 'headers without an end',
    cause: 'UNEXPECTED_CONTENT',
    detail: /headers/,
    run: scripted((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`);
    }),
  },
  {
    name: 'a server that speaks first: SSH',
    cause: 'NOT_THE_EXPECTED_SERVER',
    evidence: { received: 'SSH-2.0-OpenSSH_' },
    run: scripted((socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n')),
  },
  {
    name: 'a PostgreSQL',
    cause: 'NOT_THE_EXPECTED_SERVER',
    evidence: { speaks: 'PostgreSQL' },
    run: async ({ check, disposables }, dependency) => {
      const server = await startPostgres();
      disposables.push(() => server.dispose());
      return check(dependency, server.port);
    },
  },
  {
    name: 'a Redis, which closes without a word',
    cause: 'NOT_THE_EXPECTED_SERVER',
    evidence: { speaks: 'Redis' },
    needs: 'redis-server',
    run: async ({ check, disposables }, dependency) => {
      const redis = await startRedisProcess(findRedis() ?? '');
      disposables.push(redis.dispose);
      return check(dependency, redis.port);
    },
  },
  {
    name: 'TLS in answer to plain HTTP',
    cause: 'TLS_REQUIRED',
    run: scripted((socket) => socket.once('data', () => socket.end(Buffer.from([21, 3, 1, 0, 2, 2, 70])))),
  },
  {
    name: 'I-73 http to a port with TLS, which closes without a word',
    cause: 'TLS_REQUIRED',
    toldApart: /TLS answered/,
    run: async ({ check, disposables }, dependency) => {
      const authority = await createCertificateAuthority();
      const { certificatePem: cert, keyPem: key } = await authority.issue({ names: ['localhost'] });
      const server = createHttpsServer({ cert, key }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      disposables.push(() => server.close());
      return check(dependency, (server.address() as { port: number }).port);
    },
  },
  {
    name: 'a token with a line break at its end',
    cause: 'SETTING_INVALID',
    run: async ({ serve, check }, dependency) => {
      const port = await serve((_, response) => response.end());
      const token = 'a-secret-of-the-row\n';
      return check(dependency, port, { MLFLOW_TRACKING_TOKEN: token, AUTH_PROBE_KEY: token });
    },
  },
];

export const httpTransportFaults: readonly Fault<HttpWorld>[] = (['mlflow', 'auth'] as const).flatMap(
  (dependency) =>
    rows.map((row) => ({ ...row, dependency, run: (world: HttpWorld) => row.run(world, dependency) })),
);
