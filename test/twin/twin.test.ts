import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { faults } from '../../twin/faults/index.ts';
import { startTwin, type Twin } from '../../twin/index.ts';
import { eventually } from './eventually.ts';
import { findings, foundFaults } from './fault-findings.ts';
import { quickSettings } from './quick-settings.ts';

/** Those of the others have a test file of their own. */
const ofPostgres = foundFaults.filter((name) => findings[name].dependency === 'postgres');

describe('the synthesized stack on this machine', () => {
  let twin: Twin;
  const progress: string[] = [];

  beforeAll(async () => {
    twin = await startTwin({
      environment: 'development',
      settings: quickSettings,
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
  const runAll = async () => {
    const outcomes = new Map<string, Awaited<ReturnType<(typeof twin.probes)[0]['run']>>>();
    for (let minute = 0; minute < 5; minute += 1) {
      const tick = await twin.clock.tick();
      for (const outcome of tick.outcomes) outcomes.set(outcome.functionName, outcome);
    }
    return [...outcomes.values()];
  };

  const failures = async () =>
    (await runAll()).flatMap(({ report }) =>
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
    expect(progress[0]).toMatch(/^synthesizing development/);
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
    const [, auth] = /auth (http:\S+)/.exec(progress.join('\n')) ?? [];
    expect(twin.tryIt[1]).toContain(`${twin.service.url}/api/2.0/mlflow/`);
    const validate = (authorization: string) =>
      fetch(`${auth}/api/v1/keys/validate`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ service_id: 'platform' }),
      });
    expect([(await validate(`Bearer ${key}`)).status, (await validate('Bearer other')).status]).toEqual([
      200, 401,
    ]);
  });

  test.each(ofPostgres.filter((name) => faults[name].driven))(
    'names the cause of %s, raises an alarm, keeps serving, and recovers when it is lifted',
    async (name) => {
      await twin.inject(name);
      expect(twin.injected()).toEqual([name]);
      const found = await failures();
      expect(found).toContainEqual(findings[name]);
      expect(found.filter(({ dependency }) => dependency !== 'postgres')).toEqual([]);
      expect(inAlarm()).not.toEqual([]);
      await serves();

      await twin.lift(name);
      expect(twin.injected()).toEqual([]);
      expect(await failures()).toEqual([]);
      // The service recovers in real time.
      for (let minute = 0; inAlarm().length > 0 && minute < 40; minute += 1) await twin.clock.tick();
      expect(inAlarm()).toEqual([]);
      await serves();
    },
  );

  test.each(ofPostgres.filter((name) => !faults[name].driven))(
    'names %s, which only its probe can see, and does not once it is lifted',
    async (name) => {
      const probe = twin.probes.find(({ name: of }) => of.endsWith(`${findings[name].probe}-probe`));
      const causes = async () =>
        (await probe?.run(new Date()))?.report?.checks.filter(({ ok }) => !ok).map(({ cause }) => cause);
      await twin.inject(name);
      expect(await causes()).toContain(findings[name].cause);
      await twin.lift(name);
      expect(await causes()).toEqual([]);
    },
  );

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
