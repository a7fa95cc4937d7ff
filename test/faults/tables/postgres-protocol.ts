/** PostgreSQL: something else answers on its port. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { findRedis } from '../../../twin/servers/redis.ts';
import { startRedisProcess } from '../../fixtures/redis-process.ts';
import { scriptedServer } from '../../fixtures/scripted-server.ts';
import type { Fault } from '../fault.ts';
import type { PostgresWorld } from '../worlds/postgres-world.ts';

const dependency = 'postgres';

const against =
  (onSocket: (socket: Socket) => void, environment: Record<string, string> = {}) =>
  async ({ check, disposables }: PostgresWorld) => {
    const server = await scriptedServer(onSocket);
    disposables.push(server.dispose);
    return check({ DATABASE_PORT: String(server.port), DATABASE_CONNECT_TIMEOUT: '1', ...environment });
  };

const listening = async (
  { check, disposables }: PostgresWorld,
  server: ReturnType<typeof createHttpServer> | ReturnType<typeof createHttpsServer>,
  environment: Record<string, string> = {},
) => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  disposables.push(() => server.close());
  const { port } = server.address() as { port: number };
  return check({ DATABASE_PORT: String(port), DATABASE_CONNECT_TIMEOUT: '1', ...environment });
};

const withoutTls = { DATABASE_SSL_MODE: 'disable' };

export const postgresProtocolFaults: readonly Fault<PostgresWorld>[] = [
  {
    dependency,
    name: 'a server that has no TLS',
    cause: 'TLS_NOT_OFFERED',
    run: ({ check, small }) => check({ DATABASE_PORT: String(small.port) }),
  },
  {
    dependency,
    name: 'a web server that answers the request for TLS',
    cause: 'NOT_THE_EXPECTED_SERVER',
    evidence: { received: 'HTTP/1.1 400 Bad' },
    run: (world) => listening(world, createHttpServer()),
  },
  {
    dependency,
    name: 'a web server that waits for a whole line',
    cause: 'NOT_THE_EXPECTED_SERVER',
    evidence: { speaks: 'HTTP' },
    toldApart: /HTTP answered, Redis silent/,
    run: against((socket) =>
      socket.on('data', (data) => {
        if (data.includes('\r\n\r\n')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      }),
    ),
  },
  {
    dependency,
    name: 'a web server with TLS',
    cause: 'NOT_THE_EXPECTED_SERVER',
    run: async (world) => {
      const { certificatePem: cert, keyPem: key } = await world.authority.issue({ names: ['localhost'] });
      return listening(world, createHttpsServer({ cert, key }));
    },
  },
  {
    dependency,
    name: 'a web server, asked for a login without TLS',
    cause: 'NOT_THE_EXPECTED_SERVER',
    run: (world) => listening(world, createHttpServer(), withoutTls),
  },
  {
    dependency,
    name: 'a Redis',
    cause: 'NOT_THE_EXPECTED_SERVER',
    evidence: { speaks: 'Redis' },
    needs: 'redis-server',
    run: async ({ check, disposables }) => {
      const redis = await startRedisProcess(findRedis() ?? '');
      disposables.push(redis.dispose);
      return check({ DATABASE_PORT: String(redis.port), DATABASE_CONNECT_TIMEOUT: '1' });
    },
  },
  {
    dependency,
    name: 'a server that speaks first: SSH',
    cause: 'NOT_THE_EXPECTED_SERVER',
    evidence: { received: 'SSH-2.0-OpenSSH_' },
    run: against((socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n')),
  },
  {
    dependency,
    name: 'megabytes of noise',
    cause: 'NOT_THE_EXPECTED_SERVER',
    evidence: { received: 'AAAAAAAAAAAAAAAA' },
    run: against((socket) => socket.write(Buffer.alloc(5_000_000, 0x41))),
  },
  {
    dependency,
    name: 'a server that closes when it is asked for TLS',
    cause: 'NOT_THE_EXPECTED_SERVER',
    toldApart: /nothing sent silent/,
    run: against((socket) => socket.once('data', () => socket.destroy())),
  },
  {
    dependency,
    name: 'bytes sent along with the answer to the request for TLS',
    cause: 'NOT_THE_EXPECTED_SERVER',
    evidence: { received: 'SX' },
    run: against((socket) => socket.once('data', () => socket.write('SX'))),
  },
  {
    dependency,
    name: 'silence after the request for TLS',
    cause: 'TLS_TIMEOUT',
    toldApart: /HTTP silent, Redis silent, PostgreSQL silent, TLS silent, nothing sent silent/,
    run: against(() => undefined),
  },
  {
    dependency,
    name: 'silence after TLS was agreed on',
    cause: 'TLS_TIMEOUT',
    run: against((socket) => socket.once('data', () => socket.write('S'))),
  },
  {
    dependency,
    name: 'a connection that is closed after TLS was agreed on',
    cause: 'TLS_CLOSED',
    run: against((socket) => {
      socket.once('data', () => {
        socket.write('S');
        socket.once('data', () => socket.end());
      });
    }),
  },
  {
    dependency,
    name: 'silence after the login began',
    cause: 'RESPONSE_TIMEOUT',
    run: against(() => undefined, withoutTls),
  },
  {
    dependency,
    name: 'a connection that is closed during the login',
    cause: 'CONNECTION_RESET',
    toldApart: /nothing sent silent/,
    run: against((socket) => socket.once('data', () => socket.end()), withoutTls),
  },
];
