import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCertificateAuthority } from '../../twin/certificates.ts';
import { type PostgresServer, startPostgres } from '../../twin/servers/postgres.ts';
import { goodSettings } from './settings.ts';

const root = new URL('../../', import.meta.url).pathname;
const node = join(root, 'node_modules/.bin/node');
const dockerfile = readFileSync(join(root, 'service/Dockerfile'), 'utf8');

/** Paths that the Dockerfile takes from the build context. */
const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, line]) =>
  (line ?? '').split(/\s+/).slice(0, -1),
);

let context: string;
let image: string;
beforeAll(async () => {
  // What `docker build` would do, with the packages that are here.
  context = mkdtempSync(join(tmpdir(), 'breakwater-image-'));
  for (const path of copied) cpSync(join(root, path), join(context, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(context, 'node_modules'));
  image = join(context, 'app');
  const command = /^RUN node (service\/\S+) \/app$/m.exec(dockerfile)?.[1] ?? 'missing';
  await promisify(execFile)(node, [command, image], { cwd: context });
});
afterAll(() => rmSync(context, { recursive: true, force: true }));

/** Runs a program of the image with these settings and nothing else in its environment. */
const launch = (program: string, env: Record<string, string>) => {
  const child = spawn(node, [join(image, program)], { cwd: image, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }));
  const says = async (text: string) => {
    while (!output.stdout.includes(text)) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`it ended: ${output.stdout}${output.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { child, ended, says };
};

describe('the Dockerfile', () => {
  it('copies paths that exist and that the build context lets through', () => {
    const allowed = readFileSync(join(root, '.dockerignore'), 'utf8').trim().split('\n');
    expect(allowed[0]).toBe('*');
    expect(allowed.slice(1).sort()).toEqual(copied.map((path) => `!${path}`).sort());
    for (const path of copied) expect([path, existsSync(join(root, path))]).toEqual([path, true]);
  });

  it('runs on the Node version of the project, as somebody who is not root', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(dockerfile).toContain(`/docker/library/node:${dependencies.node}-slim\n`);
    expect(dockerfile).toMatch(/^USER 1000:1000$/m);
    expect(dockerfile).toMatch(/^CMD \["node", "service\.mjs"\]$/m);
  });
});

describe('the service in the image', () => {
  it('refuses bad settings with exit status 2 and nothing on standard output', async () => {
    const { code, stdout, stderr } = await launch('service.mjs', { API_PORT: 'x' }).ended;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/API_PORT.*"x"/);
    expect(stderr).toContain('DATABASE_HOST');
  });

  it('answers, and ends with status 0 on SIGTERM', async () => {
    const env = await goodSettings();
    const { child, ended, says } = launch('service.mjs', env);
    await says('"listening"');
    expect((await fetch(`http://127.0.0.1:${env.API_PORT}/health/alb`)).status).toBe(200);
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await ended;
    expect([code, stderr]).toEqual([0, '']);
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
    expect(stdout).not.toContain('hunter2');
  });

  it('does not wait any longer on the second signal', async () => {
    const env = { ...(await goodSettings()), SHUTDOWN_DELAY: '60' };
    const { child, ended, says } = launch('service.mjs', env);
    await says('"listening"');
    child.kill('SIGTERM');
    await says('"draining"');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 143 });
  });
});

describe('the migration in the image', () => {
  let server: PostgresServer;
  let authority: Awaited<ReturnType<typeof createCertificateAuthority>>;
  beforeAll(async () => {
    authority = await createCertificateAuthority();
    // The name is not that of the address which is connected to.
    const certificate = await authority.issue({ names: ['localhost'] });
    server = await startPostgres({ certificate, requireTls: true });
  });
  afterAll(() => server?.dispose());

  const settings = (host: string, database: string) => ({
    DATABASE_HOST: host,
    DATABASE_PORT: String(server.port),
    DATABASE_NAME: database,
    DATABASE_USER: server.superuser.name,
    DATABASE_PASSWORD: server.superuser.password,
    DATABASE_SSL_ROOT_CERT: authority.certificatePem,
  });

  it('refuses bad settings with exit status 2', async () => {
    expect(await launch('migrate.mjs', {}).ended).toMatchObject({ code: 2, stdout: '' });
  });

  it('connects with a verified certificate and migrates', async () => {
    const env = settings('localhost', 'app');
    const before = await launch('migrate.mjs', env).ended;
    expect(before).toMatchObject({ code: 1, stdout: expect.stringContaining('DATABASE_MISSING') });
    const { default: pg } = await import('pg');
    const { host, port, superuser } = server;
    const client = new pg.Client({
      host,
      port,
      user: superuser.name,
      password: superuser.password,
      database: 'postgres',
      ssl: { rejectUnauthorized: false },
    });
    await client.connect();
    await client.query('CREATE DATABASE app');
    await client.end();

    const { code, stdout } = await launch('migrate.mjs', env).ended;
    expect(code).toBe(0);
    expect(stdout).toContain('"applied"');
  });

  it('does not take a certificate for another name, not even by address', async () => {
    const { code, stdout } = await launch('migrate.mjs', settings('127.0.0.1', 'app')).ended;
    expect(code).toBe(1);
    expect(stdout).toContain('TLS_HOSTNAME_MISMATCH');
  });
});
