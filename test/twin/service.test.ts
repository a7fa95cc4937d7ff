import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createEvaluator } from '../../twin/alarms/index.ts';
import { createAlarmClock } from '../../twin/clock.ts';
import { twinVariables } from '../../twin/lambda/index.ts';
import { createMetricStore } from '../../twin/metrics/index.ts';
import { addressVariables, containerEnvironment, imageEnvironment } from '../../twin/service/environment.ts';
import { firstVerdict, whyNotHealthy } from '../../twin/service/index.ts';
import { eventually } from './eventually.ts';
import { type StartedService, startFixtureService, twinEnvironment } from './service-fixture.ts';
import { program } from './service-program.ts';

const running = (pid: number | undefined): boolean => {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the service of the template', () => {
  let started: StartedService | undefined;
  const start = async (...arguments_: Parameters<typeof startFixtureService>) => {
    started = await startFixtureService(...arguments_);
    await firstVerdict(started.service, new AbortController().signal);
    return started;
  };
  afterEach(async () => {
    await started?.stop();
    started = undefined;
  });

  test('sees its container’s environment and secrets, what image and ECS set, what the twin may set, and no other', async () => {
    const { service, progress } = await start(program);
    const seen = (await (await fetch(`${service.url}/environment`)).json()) as Record<string, string>;
    const { API_HOST, API_PORT, ...others } = seen;
    expect(others).toEqual({
      DATABASE_HOST: 'localhost',
      DATABASE_PASSWORD: 'p@ss',
      ...containerEnvironment,
      ...imageEnvironment,
      ...twinEnvironment,
    });
    expect([...twinVariables, ...addressVariables].sort()).toEqual(
      [...Object.keys(twinEnvironment), 'API_HOST', 'API_PORT'].sort(),
    );
    expect(`${API_HOST}:${API_PORT}`).toBe(service.address());
    expect(progress[0]).toContain(`http://${service.address()}`);
    expect(progress[0]).toContain(service.url);
  });

  test('has the environment of its image', () => {
    const dockerfile = readFileSync(new URL('../../service/Dockerfile', import.meta.url), 'utf8');
    const variables = Object.entries(imageEnvironment).map(([name, value]) => `${name}=${value}`);
    expect(dockerfile).toContain(`\nENV ${variables.join(' ')}\n`);
    expect(dockerfile).toContain('\nCMD ["node", "service.mjs"]\n');
  });

  test('is healthy after one check, and says of itself what it says', async () => {
    const { service } = await start(program);
    expect(service.status()).toMatchObject({ state: 'healthy', reason: undefined, dropped: 0 });
    expect(whyNotHealthy(service)).toBeUndefined();
    expect(await service.askHealth()).toMatchObject({
      said: 'unhealthy',
      status: 503,
      notHealthy: ['postgres'],
      body: { status: 'unhealthy' },
    });
  });

  test('that is killed is stopped, named so, and started again at an address of its own', async () => {
    const { service } = await start(program);
    const [pid, address] = [service.pid(), service.address()];
    process.kill(Number(pid), 'SIGKILL');
    await eventually(() => service.status().state === 'stopped');
    expect(service.status()).toMatchObject({ reason: 'EssentialContainerExited', dropped: 0 });
    expect((await fetch(service.url)).status).toBe(503);
    expect(service.problems()[0]).toContain('signal SIGKILL');
    await eventually(() => service.status().state === 'healthy');
    expect([service.pid(), service.address()]).not.toEqual([pid, address]);
    expect(await (await fetch(service.url)).text()).toBe('from the service');
  });

  test('that ends by itself is named with its status and the end of its standard error', async () => {
    const { service } = await start(program);
    await fetch(`${service.url}/crash`).catch(() => undefined);
    await eventually(() => service.problems().some((problem) => problem.includes('exit status 3')));
    expect(service.problems()[0]).toContain('out of memory');
  });

  test('that does not start is no healthy one, and the reason says why without waiting for more', async () => {
    const began = performance.now();
    const { service } = await start(
      'console.error("DATABASE_NAME is missing", process.exitCode = 2); process.exit();',
    );
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(whyNotHealthy(service)).toMatch(/stopped.*exit status 2.*DATABASE_NAME is missing/);
  });

  test('is dropped, and counted so, only when its own check fails while it runs; requests still reach it', async () => {
    const { service } = await start(program);
    await fetch(`${service.url}/ill`);
    await eventually(() => service.status().state === 'unhealthy');
    expect(service.status()).toMatchObject({ reason: 'Target.ResponseCodeMismatch', dropped: 1 });
    expect(await (await fetch(service.url)).text()).toBe('from the service');
  });

  test('drains when it is stopped, and leaves no process', async () => {
    const { service, stop } = await start(program);
    const pid = service.pid();
    await stop();
    expect(running(pid)).toBe(false);
    expect(service.log()).toContain('draining');
    expect(service.problems().join()).not.toContain('ended by itself');
    started = undefined;
  });

  test('that does not end is killed after the stop timeout of its container', async () => {
    const { service, stop } = await start(`process.env.STUBBORN = 'yes'; ${program}`);
    const pid = service.pid();
    await stop();
    expect(running(pid)).toBe(false);
    started = undefined;
  });

  test('is ended when the twin is killed, even if it would rather stay', async () => {
    const fixture = JSON.stringify(new URL('./service-fixture.ts', import.meta.url).href);
    const stubborn = JSON.stringify(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`);
    const code = `const { startFixtureService } = await import(${fixture});
      const { service } = await startFixtureService(${stubborn});
      console.log(service.pid());`;
    const temporary = mkdtempSync(join(tmpdir(), 'breakwater-owner-'));
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, TMPDIR: temporary },
    });
    const [line] = await once(owner.stdout.setEncoding('utf8'), 'data');
    const pid = Number(line);
    expect(running(pid)).toBe(true);
    owner.kill('SIGKILL');
    try {
      await eventually(() => !running(pid));
    } finally {
      if (running(pid)) process.kill(pid, 'SIGKILL');
      rmSync(temporary, { recursive: true, force: true });
    }
  });

  test('prints metrics that are stored under the minute that takes them, and lines that are kept', async () => {
    const { service } = await start(program);
    const store = createMetricStore();
    const clock = createAlarmClock({
      probes: [],
      store,
      evaluators: [createEvaluator([], store, 0)],
      startedAt: 0,
      sources: [service],
    });
    await eventually(() => service.problems().length > 0);
    const { at } = await clock.tick();
    const series = { namespace: 'Breakwater', name: 'HealthStatus', dimensions: {} };
    expect(store.datapoint(series, at, 60_000)).toMatchObject({ SampleCount: 1, Maximum: 1 });
    expect(service.log()).toContain('{"level":"info","msg":"listening"}');
    expect(service.log().join()).not.toContain('"HealthStatus":1}');
    expect(service.problems()).toEqual([expect.stringContaining('Metric HealthStatus')]);
    await clock.tick();
    expect(store.datapoint(series, at + 60_000, 60_000)).toBeUndefined();
  });
});
