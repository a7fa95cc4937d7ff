import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type RunningService, startService } from '../../service/start.ts';
import { captureLog, goodSettings } from './settings.ts';

let running: RunningService | undefined;
afterEach(async () => {
  await running?.stop('end of the test');
  running = undefined;
});

const start = async (changes: Record<string, string | undefined> = {}) => {
  const log = captureLog();
  const outcome = await startService({ ...(await goodSettings()), ...changes }, { log });
  if (!outcome.ok) throw new Error(outcome.message);
  running = outcome.service;
  return { log, base: `http://127.0.0.1:${running.port}` };
};

describe('a service with wrong settings', () => {
  it('names every problem of its own and of PostgreSQL in one message, and starts nothing', async () => {
    const env = await goodSettings();
    const log = captureLog();
    const outcome = await startService(
      { ...env, LOG_LEVEL: 'loud', DATABASE_HOST: '', DATABASE_PORT: '99999', DB_NAME: 'other' },
      { log },
    );
    expect(outcome.ok).toBe(false);
    const message = outcome.ok ? '' : outcome.message;
    expect(message).toMatch(/^4 settings are wrong:/);
    for (const part of ['LOG_LEVEL', '"loud"', 'DATABASE_HOST', 'DATABASE_PORT', '"99999"', 'DB_NAME'])
      expect(message).toContain(part);
    expect(log.text()).toBe('');
    await expect(fetch(`http://127.0.0.1:${env.API_PORT}/live`)).rejects.toThrow();
  });

  it('starts with wrong settings of another dependency, and logs that it is off', async () => {
    const { log, base } = await start({ MLFLOW_TRACKING_URI: 'mlflow:5000', AUTH_SERVICE_URL: undefined });
    expect((await fetch(`${base}/health/alb`)).status).toBe(200);
    const off = log.entries().filter(({ level }) => level === 'warn');
    expect(off.map(({ dependency }) => dependency)).toEqual(['mlflow', 'auth']);
    expect(off[0]?.problems).toMatchObject([{ variable: 'MLFLOW_TRACKING_URI', cause: 'SETTING_INVALID' }]);
  });

  it('warns of a name that is nearly a setting', async () => {
    const { log } = await start({ DATABASE_HOSTS: 'x' });
    expect(log.text()).toContain('did you mean DATABASE_HOST?');
  });

  it('says so when its port is taken', async () => {
    await start();
    const log = captureLog();
    const outcome = await startService(
      { ...(await goodSettings()), API_PORT: String(running?.port) },
      { log },
    );
    expect(outcome).toMatchObject({ ok: false, message: expect.stringMatching(/EADDRINUSE.*API_PORT/) });
    expect(log.text()).toBe('');
  });
});

describe('a started service', () => {
  it('logs one line with where it listens', async () => {
    const { log } = await start();
    const lines = log.entries().filter(({ msg }) => msg === 'listening');
    expect(lines).toMatchObject([
      { level: 'info', host: '127.0.0.1', port: running?.port, environment: 'development' },
    ]);
    expect(log.entries()).toHaveLength(1);
  });

  it('answers /live with its uptime and memory', async () => {
    const { base } = await start();
    const response = await fetch(`${base}/live`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      alive: true,
      uptime: expect.any(Number),
      memory_usage_mb: expect.any(Number),
    });
  });

  it('answers /health/alb although the database does not exist', async () => {
    const { base } = await start();
    const response = await fetch(`${base}/health/alb`);
    expect(response.status).toBe(200);
    const body = (await response.json()) as { status: string; timestamp: string };
    expect(body.status).toBe('healthy');
    expect(new Date(body.timestamp).toISOString()).toBe(body.timestamp);
  });

  it('answers JSON for what it does not know', async () => {
    const { base } = await start();
    for (const [path, init, status] of [
      ['/nothing', {}, 404],
      ['/live', { method: 'DELETE' }, 404],
      ['/%zz', {}, 400],
    ] as const) {
      const response = await fetch(`${base}${path}`, init);
      expect([path, response.status]).toEqual([path, status]);
      expect(await response.json()).toEqual({
        detail: expect.any(String),
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
    }
  });

  it('refuses headers and bodies over its limits', async () => {
    const { base } = await start();
    const headers = { 'x-large': 'a'.repeat(20_000) };
    expect((await fetch(`${base}/live`, { headers })).status).toBe(431);
    const body = JSON.stringify('a'.repeat(1024 * 1024));
    const json = { 'content-type': 'application/json' };
    expect((await fetch(`${base}/nothing`, { method: 'POST', headers: json, body })).status).toBe(413);
    expect((await fetch(`${base}/live`)).status).toBe(200);
  });

  it('waits for the body of no request that it has refused', async () => {
    const { base } = await start();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const refused = Array.from({ length: 20 }, async () => {
      const body = JSON.stringify('a'.repeat(1024 * 1024));
      const headers = { 'content-type': 'application/json', connection: 'close' };
      return (await fetch(`${base}/nothing`, { method: 'POST', headers, body })).status;
    });
    expect(new Set(await Promise.all(refused))).toEqual(new Set([413]));
    const end = performance.now() + 10_000;
    while (timers() >= before + 10 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(timers()).toBeLessThan(before + 10);
  });

  it('answers bytes that are not HTTP with 400 and goes on', async () => {
    const { base } = await start();
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(running?.port ?? 0, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text)).on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect((await fetch(`${base}/live`)).status).toBe(200);
  });

  it('logs requests without query or headers, and polled paths only when debugging', async () => {
    const { log, base } = await start();
    await fetch(`${base}/models?api_key=s3cret-key`, { headers: { authorization: 'Bearer s3cret-token' } });
    await fetch(`${base}/live`);
    const requests = log.entries().filter(({ msg }) => msg === 'request');
    expect(requests).toMatchObject([{ method: 'GET', path: '/models', status: 404 }]);
    expect(log.text()).not.toMatch(/s3cret|hunter2/);
  });
});
