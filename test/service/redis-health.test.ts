import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCertificateAuthority } from '../../twin/certificates.ts';
import { freePort } from '../../twin/servers/free-port.ts';
import { findRedis, type RedisServer, startRedis } from '../../twin/servers/redis.ts';
import { type Surroundings, startSurroundings } from './running.ts';
import { goodSettings } from './settings.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;
const root = new URL('../../', import.meta.url).pathname;
const token = 'a-token-of-16-letters-or-more';

withRedis('the service with a real Redis that wants TLS and a token', () => {
  let around: Surroundings;
  let server: RedisServer;
  let folder: string;
  let service: ChildProcess;
  let base: string;
  let output = '';

  beforeAll(async () => {
    around = await startSurroundings();
    folder = mkdtempSync(join(tmpdir(), 'breakwater-service-redis-'));
    const authority = await createCertificateAuthority();
    writeFileSync(join(folder, 'ca.pem'), authority.certificatePem);
    const certificate = await authority.issue({ names: ['localhost'] });
    server = await startRedis({ program: program ?? '', port: await freePort(), certificate, token });
    const settings = await goodSettings();
    const env = {
      ...settings,
      ...around.env,
      PATH: process.env.PATH,
      // Trusted authorities are read when Node starts: hence a process of its own.
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      REDIS_ENABLED: 'true',
      REDIS_HOST: 'localhost',
      REDIS_PORT: String(server.port),
      REDIS_AUTH_TOKEN: token,
    };
    base = `http://127.0.0.1:${settings.API_PORT}`;
    service = spawn(process.execPath, ['bin/service.ts'], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    service.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    while (!output.includes('"listening"')) await once(service.stdout ?? service, 'data');
  });
  afterAll(async () => {
    service?.kill('SIGTERM');
    if (service?.exitCode === null) await once(service, 'close');
    await server?.dispose();
    await around?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const redisBecomes = async (wanted: string) => {
    const end = performance.now() + 15_000;
    for (;;) {
      const response = await fetch(`${base}/health`);
      const body = (await response.json()) as { status: string; services: Record<string, string> };
      // PostgreSQL may be a moment later: it does not matter here.
      if (body.services.redis === wanted && body.services.postgres === 'healthy')
        return { code: response.status, ...body };
      if (performance.now() > end) throw new Error(JSON.stringify(body));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it('is healthy while it works', async () => {
    expect(await redisBecomes('healthy')).toMatchObject({ code: 200 });
    expect(output).not.toContain(token);
  });

  it('is degraded while it hangs or is stopped, ready all the same, and well again without a restart', async () => {
    const pid = server.pid() ?? 0;
    process.kill(pid, 'SIGSTOP');
    try {
      expect(await redisBecomes('unhealthy')).toMatchObject({ code: 200, status: 'degraded' });
      expect((await fetch(`${base}/ready`)).status).toBe(200);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await redisBecomes('healthy');
    await server.stop();
    expect(await redisBecomes('unhealthy')).toMatchObject({ code: 200, status: 'degraded' });
    expect((await fetch(`${base}/health/alb`)).status).toBe(200);
    await server.start();
    await redisBecomes('healthy');
  });
});
