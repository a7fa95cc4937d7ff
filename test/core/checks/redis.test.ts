import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { budgetOf, type Check, checkRedis, createSecretReader } from '../../../core/checks/index.ts';
import { readSettings, resolveRedis } from '../../../core/settings/index.ts';
import { createCertificateAuthority } from '../../../twin/certificates.ts';
import { freePort } from '../../../twin/servers/free-port.ts';
import { findRedis, type RedisServer, startRedis } from '../../../twin/servers/redis.ts';
import { scriptedServer } from '../../fixtures/scripted-server.ts';

const token = 'a/b@c#d';
const noSecrets = createSecretReader(() => Promise.reject(new Error('none')), { timeoutMs: 100 });

const check = async (environment: Record<string, string>, secrets = noSecrets): Promise<Check> => {
  const resolved = resolveRedis(
    readSettings({
      REDIS_ENABLED: 'true',
      REDIS_HOST: '127.0.0.1',
      REDIS_TLS_ENABLED: 'false',
      REDIS_CONNECT_TIMEOUT: '0.5',
      ...environment,
    }),
  );
  if (!resolved.ok) throw new Error(resolved.problems.map(({ message }) => message).join('\n'));
  return (await checkRedis({ target: resolved.value, secrets, dnsTimeoutMs: 500 }, budgetOf(3_000))).check;
};

const disposables: (() => void)[] = [];
afterAll(() => {
  for (const dispose of disposables) dispose();
});

const against = async (reply: string | ((command: string) => string), environment = {}) => {
  const server = await scriptedServer((socket) =>
    socket.on('data', (data) => socket.write(typeof reply === 'string' ? reply : reply(data.toString()))),
  );
  disposables.push(server.dispose);
  return check({ REDIS_PORT: String(server.port), ...environment });
};

describe('replies', () => {
  test.each([
    ['-NOAUTH Authentication required.\r\n', 'AUTHENTICATION_REQUIRED'],
    ['-WRONGPASS invalid username-password pair or user is disabled.\r\n', 'PASSWORD_REJECTED'],
    ['-ERR max number of clients reached\r\n', 'MAX_CLIENTS'],
    ['-LOADING Redis is loading the dataset in memory\r\n', 'LOADING'],
    ['-NOPERM this user has no permissions\r\n', 'FORBIDDEN'],
    ['-MASTERDOWN Link with MASTER is down\r\n', 'READ_ONLY'],
    ['-ODD never seen\r\n', 'UNKNOWN'],
    ['HTTP/1.1 400 Bad Request\r\n', 'NOT_THE_EXPECTED_SERVER'],
    [`+${'x'.repeat(100_000)}`, 'NOT_THE_EXPECTED_SERVER'],
  ])('%j is %s', async (reply, cause) => {
    expect((await against(reply)).cause).toBe(cause);
  });

  test('a token that is still a template reference is refused before anything is sent', () => {
    const { problems } = readSettings({ REDIS_ENABLED: 'true', REDIS_AUTH_TOKEN: '${REDIS_AUTH_TOKEN}' });
    expect(problems[0]?.cause).toBe('PLACEHOLDER_UNRESOLVED');
  });

  test('silence is a timeout, and a closed connection without TLS is a hint that TLS is wanted', async () => {
    const silent = await scriptedServer();
    const closing = await scriptedServer((socket) => socket.once('data', () => socket.end()));
    disposables.push(silent.dispose, closing.dispose);
    expect((await check({ REDIS_PORT: String(silent.port) })).cause).toBe('RESPONSE_TIMEOUT');
    expect((await check({ REDIS_PORT: String(closing.port) })).cause).toBe('TLS_REQUIRED');
  });

  test('a silent TLS port that answers plain text is named so', async () => {
    const plain = await scriptedServer((socket) =>
      socket.on(
        'data',
        (data) => data.toString().includes('PING') && socket.write('-NOAUTH Authentication required.\r\n'),
      ),
    );
    disposables.push(plain.dispose);
    const found = await check({ REDIS_PORT: String(plain.port), REDIS_TLS_ENABLED: 'true' });
    expect(found).toMatchObject({ cause: 'TLS_NOT_OFFERED', layer: 'tls' });
  });
});

const program = findRedis();
const withRedis = program ? describe : describe.skip;

withRedis('a real server with TLS and a token', () => {
  let server: RedisServer;
  let authority: Awaited<ReturnType<typeof createCertificateAuthority>>;

  beforeAll(async () => {
    authority = await createCertificateAuthority();
    server = await startRedis({
      program: program ?? '',
      port: await freePort(),
      certificate: await authority.issue({ names: ['127.0.0.1'] }),
      token,
    });
  });
  afterAll(() => server.dispose());

  test('that this client does not trust is refused before the token is sent', async () => {
    const found = await check({
      REDIS_PORT: String(server.port),
      REDIS_TLS_ENABLED: 'true',
      REDIS_AUTH_TOKEN: token,
    });
    expect(found).toMatchObject({ cause: 'TLS_UNTRUSTED_CA', layer: 'tls' });
  });

  test('closes connections that are not encrypted, which is named', async () => {
    expect((await check({ REDIS_PORT: String(server.port) })).cause).toBe('TLS_REQUIRED');
  });
});
