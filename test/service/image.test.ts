import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCertificateAuthority } from '../../twin/certificates.ts';
import { type PostgresServer, startPostgres } from '../../twin/servers/postgres.ts';
import { type BuiltImage, buildImage, copied, dockerfile, root } from './built-image.ts';
import { goodSettings } from './settings.ts';

const commit = {
  GIT_COMMIT: '0123456789abcdef0123456789abcdef01234567',
  GIT_COMMIT_TIME: '2026-01-02T03:04:05+00:00',
};

let image: BuiltImage & { dispose(): void };
beforeAll(async () => {
  image = await buildImage(commit);
});
afterAll(() => image?.dispose());

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

describe('what the image has', () => {
  it('can be read by anybody and written by its owner alone', () => {
    const entries = readdirSync(image.directory, { recursive: true, encoding: 'utf8' });
    const modes = ['.', ...entries].map((entry) => statSync(join(image.directory, entry)));
    for (const entry of modes) expect(entry.mode & 0o777).toBe(entry.isDirectory() ? 0o755 : 0o644);
    expect(entries).toEqual(expect.arrayContaining(['service.mjs', 'migrate.mjs', 'build-info.json']));
  });

  it('is all that its processes can reach', async () => {
    const attempts = `
      const fs = await import('node:fs');
      const { spawnSync } = await import('node:child_process');
      const tried = (attempt) => { try { attempt(); return 'done'; } catch ({ code }) { return code; } };
      console.log(JSON.stringify([
        tried(() => fs.readFileSync('service.mjs')),
        tried(() => fs.readFileSync(${JSON.stringify(join(root, 'node_modules/fastify/package.json'))})),
        tried(() => fs.readFileSync('/etc/passwd')),
        tried(() => fs.writeFileSync('new', '')),
        tried(() => spawnSync('true')),
        process.getuid?.() === 0,
      ]));`;
    const { stdout } = await image.run(['--input-type=module', '--eval', attempts]).ended;
    const denied = 'ERR_ACCESS_DENIED';
    expect(JSON.parse(stdout)).toEqual(['done', denied, denied, denied, denied, false]);
  });
});

describe('the service in the image', () => {
  it('refuses bad settings with exit status 2 and nothing on standard output', async () => {
    const { code, stdout, stderr } = await image.run(['service.mjs'], { API_PORT: 'x' }).ended;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/API_PORT.*"x"/);
    expect(stderr).toContain('DATABASE_HOST');
  });

  it('answers, and ends with status 0 on SIGTERM', async () => {
    const env = await goodSettings();
    const { kill, ended, says } = image.run(['service.mjs'], env);
    await says('"listening"');
    const base = `http://127.0.0.1:${env.API_PORT}`;
    for (const path of ['/live', '/health/alb']) expect((await fetch(base + path)).status).toBe(200);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(await (await fetch(`${base}/version`)).json()).toMatchObject({
      version,
      git_commit: commit.GIT_COMMIT,
      commit_time: commit.GIT_COMMIT_TIME,
    });
    const written = readFileSync(join(root, 'docs/reference/openapi.json'), 'utf8');
    expect(await (await fetch(`${base}/openapi.json`)).json()).toEqual(JSON.parse(written));

    const began = performance.now();
    kill('SIGTERM');
    const { code, stdout, stderr } = await ended;
    // SHUTDOWN_DELAY is 0 here, and nothing is in flight.
    expect(performance.now() - began).toBeLessThan(2_500);
    expect([code, stderr]).toEqual([0, '']);
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
    expect(stdout).not.toContain('hunter2');
  });

  it('passes its own health check while it answers, and not afterwards', async () => {
    const [, command = '[]'] = /^HEALTHCHECK (?:.*\\\n)? *CMD (.+)$/m.exec(dockerfile) ?? [];
    const [program, ...args] = JSON.parse(command) as string[];
    expect(program).toBe('node');
    const env = await goodSettings();
    const check = async () =>
      (await image.run(args, { API_PORT: env.API_PORT ?? '', NODE_OPTIONS: '--enable-source-maps' }).ended)
        .code;
    const { kill, ended, says } = image.run(['service.mjs'], env);
    await says('"listening"');
    expect(await check()).toBe(0);
    kill('SIGTERM');
    await ended;
    expect(await check()).toBe(1);
  });

  it('does not wait any longer on the second signal', async () => {
    const env = { ...(await goodSettings()), SHUTDOWN_DELAY: '60' };
    const { kill, ended, says } = image.run(['service.mjs'], env);
    await says('"listening"');
    kill('SIGTERM');
    await says('"draining"');
    kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 143 });
  });

  it('that was built without a commit says that it does not know it', async () => {
    const unknown = await buildImage();
    try {
      const info = JSON.parse(readFileSync(join(unknown.directory, 'build-info.json'), 'utf8'));
      expect(info).toMatchObject({ gitCommit: 'unknown', commitTime: 'unknown' });
    } finally {
      unknown.dispose();
    }
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
    expect(await image.run(['migrate.mjs'], {}).ended).toMatchObject({ code: 2, stdout: '' });
  });

  it('connects with a verified certificate and migrates', async () => {
    const env = settings('localhost', 'app');
    const before = await image.run(['migrate.mjs'], env).ended;
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

    const { code, stdout } = await image.run(['migrate.mjs'], env).ended;
    expect(code).toBe(0);
    expect(stdout).toContain('"applied"');
  });

  it('does not take a certificate for another name, not even by address', async () => {
    const { code, stdout } = await image.run(['migrate.mjs'], settings('127.0.0.1', 'app')).ended;
    expect(code).toBe(1);
    expect(stdout).toContain('TLS_HOSTNAME_MISMATCH');
  });
});
