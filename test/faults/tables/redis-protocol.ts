/** Redis: TLS on one side only, other servers on its port, and replies that a real one cannot be made to give here. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect } from '@jest/globals';
import { createCertificateAuthority } from '../../../twin/certificates.ts';
import { freePort } from '../../../twin/servers/free-port.ts';
import { startPostgres } from '../../../twin/servers/postgres.ts';
import { scriptedServer } from '../../fixtures/scripted-server.ts';
import type { Fault } from '../fault.ts';
import { type RedisWorld, token } from '../worlds/redis-world.ts';

type Row = Omit<Fault<RedisWorld>, 'dependency'>;

/** A real server with TLS only. */
const withTls = async ({ start }: RedisWorld, more: Record<string, string> = {}) => {
  const authority = await createCertificateAuthority('the cache authority');
  const { certificatePem, keyPem } = await authority.issue({ names: ['127.0.0.1', 'localhost'] });
  const port = await freePort();
  const redis = await start((directory) => {
    const file = (name: string, text: string) => {
      const path = join(directory, name);
      writeFileSync(path, text);
      return path;
    };
    return {
      port: '0',
      'tls-port': String(port),
      'tls-cert-file': file('server.crt', certificatePem),
      'tls-key-file': file('server.key', keyPem),
      'tls-ca-cert-file': file('ca.crt', authority.certificatePem),
      'tls-auth-clients': 'no',
      ...more,
    };
  });
  return { redis, authority };
};

const replies: readonly [name: string, reply: string, cause: Row['cause']][] = [
  ['a password in the words of an old server', '-ERR invalid password', 'PASSWORD_REJECTED'],
  ['protected mode', '-DENIED Redis is running in protected mode', 'ADDRESS_NOT_ADMITTED'],
  [
    'a slot of several keys that is moving',
    '-TRYAGAIN Multiple keys request during rehashing',
    'CLUSTER_RESHARDING',
  ],
  ['a question of HTTP in return', 'HTTP/1.1 400 Bad Request', 'NOT_THE_EXPECTED_SERVER'],
  ['a reply without an end', `+${'x'.repeat(100_000)}`, 'NOT_THE_EXPECTED_SERVER'],
  ['a mail server', '220 mail.example ESMTP', 'NOT_THE_EXPECTED_SERVER'],
];

const sentinel = (command: string): string => {
  if (command.includes('PING')) return '+PONG\r\n';
  return command.includes('ROLE') ? '*2\r\n$8\r\nsentinel\r\n*0\r\n' : '-ERR unknown command\r\n';
};

const rows: readonly Row[] = [
  ...replies.map(
    ([name, reply, cause]): Row => ({
      name,
      cause,
      run: ({ answering }) => answering(`${reply}\r\n`, { REDIS_AUTH_TOKEN: token }),
    }),
  ),
  {
    name: 'a Sentinel in place of a node',
    cause: 'NOT_THE_EXPECTED_SERVER',
    detail: /Sentinel/,
    run: ({ answering }) => answering(sentinel),
  },
  {
    name: 'plain text to a server with TLS',
    cause: 'TLS_REQUIRED',
    toldApart: /TLS answered/,
    needs: 'redis-server',
    run: async (world) => world.check((await withTls(world)).redis.port),
  },
  {
    name: 'TLS to a server in plain text, which stays silent',
    cause: 'TLS_NOT_OFFERED',
    toldApart: /Redis answered/,
    needs: 'redis-server',
    run: async ({ start, check }) => check((await start()).port, { REDIS_TLS_ENABLED: 'true' }),
  },
  {
    name: 'TLS to a server in plain text that wants a token',
    cause: 'TLS_NOT_OFFERED',
    needs: 'redis-server',
    run: async ({ start, check }) =>
      check((await start({ requirepass: token })).port, {
        REDIS_TLS_ENABLED: 'true',
        REDIS_AUTH_TOKEN: token,
      }),
  },
  {
    name: 'a real certificate of an authority that is not trusted',
    cause: 'TLS_UNTRUSTED_CA',
    evidence: { issuer: 'the cache authority' },
    needs: 'redis-server',
    run: async (world) => world.check((await withTls(world)).redis.port, { REDIS_TLS_ENABLED: 'true' }),
  },
  {
    name: 'a real server that wants a certificate of the client, and says so after the handshake',
    cause: 'TLS_CLIENT_CERTIFICATE_REQUIRED',
    needs: 'redis-server',
    run: async (world) => {
      const { redis, authority } = await withTls(world, { 'tls-auth-clients': 'yes' });
      const before = getCACertificates('default');
      setDefaultCACertificates([...before, authority.certificatePem]);
      try {
        return await world.check(redis.port, { REDIS_TLS_ENABLED: 'true' });
      } finally {
        setDefaultCACertificates(before);
      }
    },
  },
  {
    name: 'the limit of clients of a server with TLS, which cannot say so',
    cause: 'CONNECTION_RESET',
    // What it most likely is stands first: the server itself cannot say it.
    evidence: { mayBe: [expect.stringMatching(/maxclients/), expect.any(String), expect.any(String)] },
    toldApart: /nothing sent closed/,
    needs: 'redis-server',
    run: async (world) => {
      const { redis } = await withTls(world, { maxclients: '1' });
      const held = connect(redis.port, '127.0.0.1');
      held.on('error', () => undefined);
      await new Promise((resolve) => held.once('connect', resolve));
      return world.check(redis.port, { REDIS_TLS_ENABLED: 'true' }).finally(() => held.destroy());
    },
  },
  {
    name: 'a web server',
    cause: 'NOT_THE_EXPECTED_SERVER',
    run: async ({ check, disposables }) => {
      const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
      await once(server, 'listening');
      disposables.push(() => server.close());
      return check((server.address() as { port: number }).port);
    },
  },
  {
    name: 'a PostgreSQL',
    cause: 'NOT_THE_EXPECTED_SERVER',
    evidence: { speaks: 'PostgreSQL' },
    run: async ({ check, disposables }) => {
      const server = await startPostgres();
      disposables.push(() => server.dispose());
      return check(server.port);
    },
  },
  {
    name: 'silence',
    cause: 'RESPONSE_TIMEOUT',
    toldApart: /HTTP silent, Redis silent, PostgreSQL silent, TLS silent/,
    run: async ({ check, disposables }) => {
      const silent = await scriptedServer();
      disposables.push(silent.dispose);
      return check(silent.port);
    },
  },
  {
    name: 'a connection that is closed at the first command',
    cause: 'CONNECTION_RESET',
    toldApart: /nothing sent silent/,
    run: async ({ check, disposables }) => {
      const closing = await scriptedServer((socket) => socket.once('data', () => socket.end()));
      disposables.push(closing.dispose);
      return check(closing.port);
    },
  },
  {
    name: 'a connection that is closed after it was used',
    cause: 'CONNECTION_LOST',
    run: async ({ check, disposables }) => {
      const closing = await scriptedServer((socket) => {
        socket.once('data', () => {
          socket.write('+PONG\r\n');
          socket.once('data', () => socket.end());
        });
      });
      disposables.push(closing.dispose);
      return check(closing.port);
    },
  },
];

export const redisProtocolFaults: readonly Fault<RedisWorld>[] = rows.map((row) => ({
  ...row,
  dependency: 'redis',
}));
