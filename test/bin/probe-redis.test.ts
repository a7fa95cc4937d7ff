import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Check, Report } from '../../core/checks/index.ts';
import { createCertificateAuthority } from '../../twin/certificates.ts';
import { freePort } from '../../twin/servers/free-port.ts';
import { findRedis, type RedisServer, startRedis } from '../../twin/servers/redis.ts';

const command = fileURLToPath(new URL('../../bin/probe.ts', import.meta.url));
const program = findRedis();
const withRedis = program ? describe : describe.skip;

const token = 'a-token-of-16-letters-or-more';
let server: RedisServer;
let folder: string;

/** The Redis check of the probe, in a process of its own: trusted authorities are read when Node starts. */
const check = (environment: Record<string, string> = {}): Promise<Check | undefined> =>
  new Promise((resolve, reject) => {
    const env = {
      PATH: process.env.PATH,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      PROBE_DEPENDENCIES: 'redis',
      REDIS_ENABLED: 'true',
      REDIS_HOST: 'localhost',
      REDIS_PORT: String(server.port),
      REDIS_AUTH_TOKEN: token,
      ...environment,
    };
    execFile(process.execPath, [command, 'connectivity', '--json'], { env }, (_error, stdout, stderr) => {
      if (stdout === '') return reject(new Error(stderr));
      expect(stdout + stderr).not.toContain(token);
      resolve((JSON.parse(stdout) as Report).checks.find(({ dependency }) => dependency === 'redis'));
    });
  });

withRedis('the probe against a real Redis with TLS and a token', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'breakwater-probe-redis-'));
    const authority = await createCertificateAuthority();
    writeFileSync(join(folder, 'ca.pem'), authority.certificatePem);
    const certificate = await authority.issue({ names: ['localhost'] });
    server = await startRedis({ program: program ?? '', port: await freePort(), certificate, token });
  });

  afterAll(async () => {
    await server?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  test('reaches it, from parts and from a URL with the token in it', async () => {
    expect(await check()).toMatchObject({ ok: true, layer: 'query' });
    const REDIS_URL = `rediss://:${token}@localhost:${server.port}/1`;
    expect(await check({ REDIS_HOST: '', REDIS_PORT: '', REDIS_AUTH_TOKEN: '', REDIS_URL })).toMatchObject({
      ok: true,
    });
  });

  test('tells a wrong token from none at all, and a logical database that there is not', async () => {
    expect((await check({ REDIS_AUTH_TOKEN: 'wrong' }))?.cause).toBe('PASSWORD_REJECTED');
    expect((await check({ REDIS_AUTH_TOKEN: '' }))?.cause).toBe('AUTHENTICATION_REQUIRED');
    const REDIS_URL = `rediss://:${token}@localhost:${server.port}/99`;
    const missing = await check({ REDIS_HOST: '', REDIS_PORT: '', REDIS_AUTH_TOKEN: '', REDIS_URL });
    expect(missing?.cause).toBe('DATABASE_MISSING');
  });

  test('looks at the list of messages where Redis carries them, and only there', async () => {
    expect(await check({ MESSAGE_QUEUE_TYPE: 'redis' })).toMatchObject({ ok: true });
    // The key of the check itself is no list.
    const MESSAGE_QUEUE_NAME = 'breakwater:probe';
    expect(await check({ MESSAGE_QUEUE_TYPE: 'redis', MESSAGE_QUEUE_NAME })).toMatchObject({
      cause: 'STATEMENT_REJECTED',
      evidence: { key: MESSAGE_QUEUE_NAME, holds: 'string' },
    });
    expect(await check({ MESSAGE_QUEUE_TYPE: 'sqs', MESSAGE_QUEUE_NAME })).toMatchObject({ ok: true });
    expect(await check({ MESSAGE_QUEUE_NAME })).toMatchObject({ ok: true });
  });

  test('names a connection without TLS, a name that the certificate lacks, and a stopped server', async () => {
    expect((await check({ REDIS_TLS_ENABLED: 'false' }))?.cause).toBe('TLS_REQUIRED');
    expect((await check({ REDIS_HOST: '127.0.0.1' }))?.cause).toBe('TLS_HOSTNAME_MISMATCH');
    await server.stop();
    expect((await check())?.cause).toBe('CONNECTION_REFUSED');
    await server.start();
  });
});
