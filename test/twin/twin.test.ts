import { request } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { CauseCode } from '../../core/causes/index.ts';
import type { Dependency } from '../../core/checks/index.ts';
import { type FaultName, faults } from '../../twin/faults/index.ts';
import { startTwin, type Twin } from '../../twin/index.ts';
import { findRedis } from '../../twin/servers/index.ts';
import { developmentAssembly } from './assembly.ts';
import { eventually } from './eventually.ts';

const reaches = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

interface Finding {
  dependency: Dependency;
  cause: CauseCode;
}

/** What of the faults this machine can run: with each name what its check must say. */
const runnable = (found: Partial<Record<FaultName, Finding>>) =>
  (Object.entries(found) as [FaultName, Finding][]).filter(
    ([name]) => findRedis() !== undefined || !('needs' in faults[name]),
  );

/**
 * Of what the service can do without: together they wait for their deadlines at the same time. `npm run faults` tries
 * every fault alone, with all that follows from it.
 */
const patient = runnable({
  'mlflow-hang': { dependency: 'mlflow', cause: 'RESPONSE_TIMEOUT' },
  'auth-slow': { dependency: 'auth', cause: 'RESPONSE_TIMEOUT' },
  'redis-hang': { dependency: 'redis', cause: 'TLS_TIMEOUT' },
});

describe('the synthesized stack on this machine', () => {
  let twin: Twin;
  const progress: string[] = [];

  beforeAll(async () => {
    twin = await startTwin({
      environment: 'development',
      assembly: await developmentAssembly(),
      progress: (line) => progress.push(line),
      signal: new AbortController().signal,
    });
  });
  afterAll(() => twin?.stop());
  // A test that failed must not break the next one.
  afterEach(async () => {
    for (const name of twin.injected()) await twin.lift(name);
  });

  /** Alarm minutes until every probe has run: the slowest schedule is 5 minutes. */
  const runAll = async (minutes = 5) => {
    const outcomes = new Map<string, Awaited<ReturnType<(typeof twin.probes)[0]['run']>>>();
    for (let minute = 0; minute < minutes; minute += 1) {
      const tick = await twin.clock.tick();
      for (const outcome of tick.outcomes) outcomes.set(outcome.functionName, outcome);
    }
    return [...outcomes.values()];
  };

  const failures = async (minutes?: number) =>
    (await runAll(minutes)).flatMap(({ report }) =>
      (report?.checks ?? [])
        .filter(({ ok }) => !ok)
        .map(({ dependency, cause }) => ({ probe: report?.probe, dependency, cause })),
    );

  /** No shared dependency may take the service away from its clients. */
  const serves = async () => {
    const { url, status } = twin.service;
    expect(status()).toMatchObject({ state: 'healthy', dropped: 0 });
    const response = await fetch(`${url}/health/alb`);
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'healthy' }]);
  };

  const inAlarm = () =>
    twin.evaluator.alarms.filter(({ state }) => state !== 'OK').map(({ definition }) => definition.name);

  test('tells what it does from the first moment on, and what it leaves out', () => {
    expect(progress[0]).toMatch(/^reading .*development$/);
    expect(progress.join('\n')).toContain(`load balancer ${twin.service.url}`);
    expect(twin.leftOut.join('\n')).toContain('more than one task');
    expect(twin.leftOut.join('\n')).not.toContain('the service itself');
  });

  test('passes every check of every bundle, raises no alarm, and prints nothing that CloudWatch would not read', async () => {
    const outcomes = await runAll();
    expect(outcomes.map(({ report }) => report?.probe).sort()).toEqual([
      'capacity',
      'connectivity',
      'database-name',
      'network-path',
    ]);
    expect(outcomes.flatMap(({ problems }) => problems)).toEqual([]);
    const checks = outcomes.flatMap(({ report }) => report?.checks ?? []);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.find(({ dependency }) => dependency === 'postgres')?.layer).toBe('query');
    expect(inAlarm()).toEqual([]);
    expect([...twin.unknownCalls]).toEqual([]);
  });

  test('offers a command with a key that the auth service takes', async () => {
    const [, key] = /^curl -H 'Authorization: Bearer (hk_live_[\w-]{20,})'$/.exec(twin.tryIt[0] ?? '') ?? [];
    const [, auth] = /auth (https:\S+)/.exec(progress.join('\n')) ?? [];
    expect(twin.tryIt[1]).toContain(`${twin.service.url}/api/2.0/mlflow/`);
    const validate = (authorization: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const sending = request(
          `${auth}/api/v1/keys/validate`,
          {
            method: 'POST',
            headers: { authorization, 'content-type': 'application/json' },
            ca: twin.foundation.authority.certificatePem,
          },
          (answer) => resolve(answer.resume().statusCode),
        );
        sending.on('error', reject).end(JSON.stringify({ service_id: 'platform' }));
      });
    expect([await validate(`Bearer ${key}`), await validate('Bearer other')]).toEqual([200, 401]);
  });

  test('names the cause of a password that is rejected, raises an alarm, keeps serving, and recovers when it is lifted', async () => {
    await twin.inject('password');
    expect(twin.injected()).toEqual(['password']);
    const found = await failures();
    const cause = { dependency: 'postgres', cause: 'PASSWORD_REJECTED' };
    expect(found).toContainEqual({ probe: 'connectivity', ...cause });
    expect(found.filter(({ dependency }) => dependency !== 'postgres')).toEqual([]);
    expect(inAlarm()).not.toEqual([]);
    await serves();

    await twin.lift('password');
    expect(twin.injected()).toEqual([]);
    expect(await failures()).toEqual([]);
    // The service recovers in real time.
    for (let minute = 0; inAlarm().length > 0 && minute < 40; minute += 1) await twin.clock.tick();
    expect(inAlarm()).toEqual([]);
    await serves();
  });

  test('tells apart what of several dependencies fails at once, raises their alarms and no other, and keeps serving', async () => {
    const names = patient.map(([name]) => name);
    await Promise.all(names.map((name) => twin.inject(name)));
    const found = await failures(2);
    const probe = 'connectivity';
    for (const [, finding] of patient) expect(found).toContainEqual({ probe, ...finding });
    const dependencies = patient.map(([, { dependency }]) => dependency).sort();
    expect(new Set(found.map(({ dependency }) => dependency))).toEqual(new Set(dependencies));
    const down = inAlarm().map((name) => name.replace(/^hokusai-development-/, ''));
    // The one that remembers: a service that was not whole for some minutes.
    expect(down.filter((name) => name !== 'service-degraded').sort()).toEqual(
      dependencies.map((dependency) => `${dependency}-down`),
    );
    // Each of these alarms calls the probe of the paths, whatever its schedule says.
    const called = (await twin.clock.tick()).outcomes.filter(
      ({ report }) => report?.probe === 'network-path',
    );
    expect(called.length).toBeGreaterThanOrEqual(dependencies.length);
    expect(called.flatMap(({ problems }) => problems)).toEqual([]);
    const { said, notHealthy } = await twin.service.askHealth();
    expect([said, [...notHealthy].sort()]).toEqual(['degraded', dependencies]);
    await serves();

    await Promise.all(names.map((name) => twin.lift(name)));
    expect(await failures(2)).toEqual([]);
    while ((await twin.service.askHealth()).said !== 'healthy') await sleep(100);
  });

  test('names a security group that blocks, which only its probe can see, and does not once it is lifted', async () => {
    const probe = twin.probes.find(({ name }) => name.endsWith('network-path-probe'));
    const causes = async () =>
      (await probe?.run(new Date()))?.report?.checks.filter(({ ok }) => !ok).map(({ cause }) => cause);
    await twin.inject('security-group');
    expect(await causes()).toContain('SECURITY_GROUP_BLOCKS');
    await twin.lift('security-group');
    expect(await causes()).toEqual([]);
  });

  test('keeps a fault that overlaps with one that is lifted, and has none of it once both are', async () => {
    const { database, doors } = twin.foundation;
    const reachable = () =>
      Promise.all(
        (['mlflow', 'auth'] as const).map((name) => reaches(Number(new URL(doors[name].url).port))),
      );
    await twin.inject('mlflow-stop');
    await twin.inject('mlflow-stop-and-auth-stop');
    await twin.lift('mlflow-stop');
    expect([twin.injected(), await reachable()]).toEqual([['mlflow-stop-and-auth-stop'], [false, false]]);
    await twin.lift('mlflow-stop-and-auth-stop');
    expect([twin.injected(), await reachable()]).toEqual([[], [true, true]]);

    await twin.inject('database-stop-and-password');
    await expect(twin.inject('password')).rejects.toThrow('Already broken there: database-stop-and-password');
    await twin.inject('database-stop');
    await twin.lift('database-stop');
    expect([twin.injected(), database.server.pid()]).toEqual([['database-stop-and-password'], undefined]);
    await twin.lift('database-stop-and-password');
    expect(twin.injected()).toEqual([]);
    expect(await failures()).toEqual([]);
    while ((await twin.service.askHealth()).said !== 'healthy') await sleep(100);
  });

  test('runs the service that was synthesized: operator routes end at its load balancer, and nothing ended it', async () => {
    const response = await fetch(`${twin.service.url}/admin/breakers`);
    expect([response.status, response.headers.get('server')]).toEqual([404, 'awselb/2.0']);
    expect((await fetch(`http://${twin.service.address()}/admin/breakers`)).headers.get('server')).toBeNull();
    expect(twin.service.transitions.map(({ to }) => to)).toEqual(['healthy']);
    expect(twin.service.log().join('\n')).toContain('listening');
    expect(twin.service.problems()).toEqual([]);
  });

  test('keeps the service in service through a health check of its load balancer while the database is stopped', async () => {
    const { service } = twin;
    await twin.inject('database-stop');
    const { lastCheckMs } = service.status();
    // Longer than the service takes to notice; then the next check, and a client's request.
    await Promise.all([sleep(5_000), eventually(() => service.status().lastCheckMs !== lastCheckMs)]);
    await serves();
    expect(service.transitions.map(({ to }) => to)).toEqual(['healthy']);
  });

  test('starts the service again when it is killed, and says why it ended', async () => {
    const { service } = twin;
    const pid = Number(service.pid());
    process.kill(pid, 'SIGKILL');
    await eventually(() => service.status().state === 'stopped');
    expect((await service.askHealth()).status).toBe(503);
    await eventually(() => service.status().state === 'healthy');
    expect(service.pid()).not.toBe(pid);
    expect(service.problems()).toEqual([expect.stringContaining('signal SIGKILL')]);
    await serves();
  });
});
