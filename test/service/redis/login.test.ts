import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createCertificateAuthority, type IssuedCertificate } from '../../../twin/certificates.ts';
import { freePort } from '../../../twin/servers/free-port.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { startFaultProxy } from '../../fixtures/fault-proxy.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { closeAll, failureOf, openRedis, until } from './redis-fixture.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;
const oldToken = 'the-old-token-of-the-cache';
const newToken = 'the-new-token-of-the-cache';

afterEach(closeAll);

withRedis('the token', () => {
  let server: RedisProcess;
  beforeAll(async () => {
    server = await startRedisProcess(program ?? '', { requirepass: oldToken });
  });
  afterAll(() => server?.dispose());

  it('that was rotated is read again: connections stay, and new ones log in with the new one', async () => {
    let held = oldToken;
    let readings = 0;
    const secret = () => {
      readings += 1;
      return JSON.stringify({ auth_token: held });
    };
    const proxy = await startFaultProxy(server.port);
    try {
      const { redis, ready, log, changes } = openRedis(proxy.port, { secret });
      await ready(2);
      expect(readings).toBe(1);
      await redis.command('CONFIG', 'SET', 'requirepass', newToken);
      held = newToken;
      expect(await redis.command('PING')).toBe('PONG');
      const taken = proxy.taken();
      proxy.cut();
      await until(() => redis.state.ready === 2 && proxy.taken() >= taken + 2, 'two new connections');
      expect(await redis.command('PING')).toBe('PONG');
      expect(readings).toBe(2);
      expect(changes()).toEqual(['redis is connected', 'CONNECTION_LOST', 'redis is connected']);
      expect(JSON.stringify([log.lines, redis.state])).not.toMatch(/the-(old|new)-token/);
    } finally {
      await proxy.dispose();
    }
  });

  it('that is wrong is named, read again at most every few seconds, and right once the secret is', async () => {
    let held = 'a-token-that-is-wrong';
    let readings = 0;
    const secret = () => {
      readings += 1;
      return JSON.stringify({ auth_token: held });
    };
    const { redis, ready, log, changes } = openRedis(server.port, { secret });
    await until(() => log.lines.filter(({ level }) => level === 'debug').length >= 4, 'four attempts');
    const error = await failureOf(redis.command('PING'));
    expect(error).toMatchObject({ cause: 'PASSWORD_REJECTED', failure: { blame: 'server' } });
    expect(readings).toBeLessThanOrEqual(3);
    expect(changes()).toEqual(['PASSWORD_REJECTED']);
    held = newToken;
    await ready(2);
    expect(changes()).toEqual(['PASSWORD_REJECTED', 'redis is connected']);
    expect(JSON.stringify([log.lines, error, error.message])).not.toContain('token-');
  });

  it('that is missing is named', async () => {
    const { redis } = openRedis(server.port);
    await until(() => redis.state.failure !== undefined, 'the first attempt has ended');
    expect((await failureOf(redis.command('PING'))).cause).toBe('AUTHENTICATION_REQUIRED');
  });

  it('that cannot be read is that failure', async () => {
    const { redis } = openRedis(server.port, { secret: () => '{}' });
    await until(() => redis.state.failure !== undefined, 'the first attempt has ended');
    expect((await failureOf(redis.command('PING'))).cause).toBe('SECRET_INCOMPLETE');
  });

  it('is sent for the user of the URL, and the database of the URL is used', async () => {
    const open = await startRedisProcess(program ?? '', {
      user: 'app on >reserved/a@b#c ~* +@all',
    });
    try {
      const { redis, ready } = openRedis(open.port, {
        env: {
          REDIS_HOST: '',
          REDIS_PORT: '',
          REDIS_TLS_ENABLED: '',
          REDIS_URL: `redis://app:${encodeURIComponent('reserved/a@b#c')}@127.0.0.1:${open.port}/3`,
        },
      });
      await ready(2);
      expect(await redis.command('ACL', 'WHOAMI')).toBe('app');
      await redis.command('SET', 'here', 'x');
      expect(await open.command('INFO', 'keyspace')).toContain('db3:keys=1');
    } finally {
      open.dispose();
    }
  });

  it.each([
    ['a host and a port', (port: number) => `127.0.0.1:${port}`],
    ['a whole URL', (port: number) => `redis://127.0.0.1:${port}`],
  ])('goes with REDIS_URL of any form, as it is: %s', async (_form, url) => {
    const token = 'a/b@c#d%20e';
    const closed = await startRedisProcess(program ?? '', { requirepass: token });
    try {
      const { redis, ready, log } = openRedis(closed.port, {
        env: { REDIS_HOST: '', REDIS_PORT: '', REDIS_URL: url(closed.port), REDIS_AUTH_TOKEN: token },
      });
      await ready(2);
      expect(await redis.command('PING')).toBe('PONG');
      expect(JSON.stringify(log.lines)).not.toContain('a/b@c');
    } finally {
      closed.dispose();
    }
  });

  it('that the server does not want is no obstacle', async () => {
    const open = await startRedisProcess(program ?? '');
    try {
      const { redis, ready } = openRedis(open.port, { env: { REDIS_AUTH_TOKEN: oldToken } });
      await ready(2);
      expect(await redis.command('PING')).toBe('PONG');
    } finally {
      open.dispose();
    }
  });
});

withRedis('TLS', () => {
  let folder: string;
  let encrypted: RedisProcess;
  let plain: RedisProcess;
  const trusted = getCACertificates('default');

  const startEncrypted = async (certificate: IssuedCertificate, name: string): Promise<RedisProcess> => {
    writeFileSync(join(folder, `${name}.crt`), certificate.certificatePem);
    writeFileSync(join(folder, `${name}.key`), certificate.keyPem);
    return startRedisProcess(program ?? '', {
      port: '0',
      'tls-port': String(await freePort()),
      'tls-cert-file': join(folder, `${name}.crt`),
      'tls-key-file': join(folder, `${name}.key`),
      'tls-auth-clients': 'no',
    });
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'breakwater-redis-tls-'));
    const authority = await createCertificateAuthority();
    setDefaultCACertificates([...trusted, authority.certificatePem]);
    encrypted = await startEncrypted(await authority.issue({ names: ['localhost'] }), 'own');
    plain = await startRedisProcess(program ?? '');
  });
  afterAll(() => {
    setDefaultCACertificates(trusted);
    encrypted?.dispose();
    plain?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const tls = { REDIS_TLS_ENABLED: 'true', REDIS_HOST: 'localhost' };
  const causeOf = async (port: number, env: Record<string, string> = {}) => {
    const { redis } = openRedis(port, { env });
    await until(() => redis.state.failure !== undefined, 'the first attempt has ended');
    return (await failureOf(redis.command('PING'))).cause;
  };

  it('is spoken with a server whose authority this process trusts', async () => {
    const { redis, ready } = openRedis(encrypted.port, { env: tls });
    await ready(2);
    expect(await redis.command('SET', 'a', 'x'.repeat(100_000))).toBe('OK');
    expect(String(await redis.command('GET', 'a'))).toHaveLength(100_000);
  });

  it('is refused with a certificate of another authority, or for another name', async () => {
    const other = await createCertificateAuthority('Another CA');
    const untrusted = await startEncrypted(await other.issue({ names: ['localhost'] }), 'other');
    try {
      expect(await causeOf(untrusted.port, tls)).toBe('TLS_UNTRUSTED_CA');
    } finally {
      untrusted.dispose();
    }
    expect(await causeOf(encrypted.port, { ...tls, REDIS_HOST: '127.0.0.1' })).toBe('TLS_HOSTNAME_MISMATCH');
  });

  it('is named when only one side speaks it, again and again', async () => {
    expect(await causeOf(plain.port, tls)).toBe('TLS_NOT_OFFERED');
    const { redis, changes, log } = openRedis(encrypted.port);
    await until(() => log.lines.filter(({ level }) => level === 'debug').length >= 3, 'three attempts');
    expect((await failureOf(redis.command('PING'))).cause).toBe('TLS_REQUIRED');
    expect(changes()).toEqual(['TLS_REQUIRED']);
  });
});
