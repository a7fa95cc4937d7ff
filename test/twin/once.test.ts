import { once } from 'node:events';
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CauseCode } from '../../core/causes/index.ts';
import type { Check, Dependency, Report } from '../../core/checks/index.ts';
import type { FaultName } from '../../twin/faults/index.ts';
import { findRedis } from '../../twin/servers/index.ts';
import { developmentAssembly } from './assembly.ts';
import { project, type RunningTwin, runTwin } from './command.ts';

/** Each is a process of its own here, and a machine holds so many; `npm run faults` tries all of them. */
const broken: readonly [name: FaultName, cause: CauseCode, hit: Dependency][] = [
  ['database-name', 'DATABASE_NAME_MISMATCH', 'postgres'],
  ['tls', 'TLS_UNTRUSTED_CA', 'postgres'],
];

/** Account `nobody`, when the tests run as root and it may read the checkout. */
const ordinaryUser = (): number | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  for (let path = project; path !== '/'; path = dirname(path))
    if ((statSync(path).mode & 0o005) !== 0o005) return undefined;
  return 65_534;
};

interface Output {
  reports: Report[];
  alarms: { name: string; state: string }[];
  leftOut: string[];
  service: {
    address: string;
    url: string;
    target: { state: string; reason: string | null; dropped: number };
    health: object | null;
  };
}

/** A copy of what was synthesized, with a task definition that the service refuses to start with. */
const refused = (assembly: string): string => {
  const copy = join(dirname(assembly), 'refused');
  cpSync(assembly, copy, { recursive: true });
  const path = join(copy, 'Service.template.json');
  const template = readFileSync(path, 'utf8');
  // Only the service has it; the migration must pass.
  const changed = template.replace(/(?<="SHUTDOWN_DELAY",\s*"Value":\s*")/, 'soon ');
  writeFileSync(path, changed);
  if (template === changed) throw new Error(`${path} does not set SHUTDOWN_DELAY as expected.`);
  return copy;
};

/** Answers as MLflow does since 3.5: only who asks by its own name, port included, is let in. */
const startStrictMlflow = async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    if (request.headers.host !== new URL(url).host)
      return void response.writeHead(403).end('Invalid Host header - possible DNS rebinding attack detected');
    asked.push(request.url ?? '');
    response.setHeader('content-type', 'application/json').end('{"experiments":[]}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mlflow`;
  return {
    url,
    asked,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

describe('npm start -- --once', () => {
  // All at the same time: each must run beside the others.
  const runs = new Map<string, RunningTwin>();
  const run = (name: string): RunningTwin => {
    const found = runs.get(name);
    if (!found) throw new Error(`no run ${name}`);
    return found;
  };

  let real: Awaited<ReturnType<typeof startStrictMlflow>>;

  beforeAll(async () => {
    real = await startStrictMlflow();
    const assembly = await developmentAssembly();
    const given = ['--once', '--assembly', assembly];
    runs.set('healthy', runTwin(['--once']));
    for (const [name] of broken) runs.set(name, runTwin([...given, '--json', '--break', name]));
    runs.set('refused', runTwin(['--once', '--json', '--assembly', refused(assembly)]));
    const uid = ordinaryUser();
    const account = uid === undefined ? {} : { uid };
    runs.set('real', runTwin([...given, '--json', '--mlflow-url', real.url], account));
    await Promise.all([...runs.values()].map(({ ended }) => ended));
  }, 240_000);
  afterAll(() => {
    real?.close();
    for (const one of runs.values()) one.remove();
  });

  const checksOf = (one: RunningTwin): Check[] =>
    (JSON.parse(one.stdout()) as Output).reports.flatMap(({ checks }) => checks);

  test('ends 0 when nothing is broken and shows PostgreSQL reached through query', async () => {
    const one = run('healthy');
    expect([await one.ended, one.stderr()]).toMatchObject([{ status: 0 }, expect.any(String)]);
    expect(one.stdout()).toMatch(/ok +postgres +localhost:\d+\/mlflow_db\n +reached query/);
    expect(one.stdout()).toContain('database-name probe, development');
    expect(one.stderr()).toMatch(/ synthesizing development, with/);
    if (findRedis() === undefined) expect(one.stderr()).toContain('left out: Redis');
  });

  test.each(broken)('ends 1 with --break %s and names the cause %s', async (name, cause, hit) => {
    const one = run(name);
    expect([(await one.ended).status, one.stderr()]).toEqual([1, expect.any(String)]);
    const failed = checksOf(one).filter(({ ok }) => !ok);
    expect(failed.map((check) => check.cause)).toContain(cause);
    expect(new Set(failed.map(({ dependency }) => dependency))).toEqual(new Set([hit]));
    for (const { detail, remedy, runbook } of failed)
      expect([detail, remedy, runbook]).toEqual([expect.any(String), expect.any(String), expect.any(String)]);
  });

  test('says with --break database-name that the task definition differs and which database exists', () => {
    const mismatch = checksOf(run('database-name')).find(({ cause }) => cause === 'DATABASE_NAME_MISMATCH');
    expect(mismatch?.evidence).toMatchObject({
      differs: ['task definition'],
      databases: expect.arrayContaining(['mlflow_db']),
    });
  });

  test('prints with --json one object and nothing else on standard output', () => {
    const { alarms, leftOut } = JSON.parse(run('tls').stdout()) as Output;
    expect(alarms.length).toBeGreaterThan(0);
    expect(leftOut).toContain('the SQS queue');
  });

  test.each(broken)('has a service that stays in service with --break %s', (name) => {
    const { service } = JSON.parse(run(name).stdout()) as Output;
    expect(service).toMatchObject({
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      target: { state: 'healthy', reason: null, dropped: 0 },
    });
    expect(service).toHaveProperty('health');
  });

  test('shows where the service is and what it says of itself', () => {
    expect(run('healthy').stdout()).toMatch(/service at http:.*\n +load balancer: healthy\n +\/health: \w+/);
  });

  test('ends 2 with a service that does not start, and says why on standard error only', async () => {
    const one = run('refused');
    expect([(await one.ended).status, one.stdout()]).toEqual([2, '']);
    expect(one.stderr()).toMatch(/The twin could not run: .*stopped.*exit status 2.*SHUTDOWN_DELAY/);
  });

  test('asks a real MLflow with --mlflow-url by its own name, starts no stand-in, and runs as an ordinary user', async () => {
    const one = run('real');
    expect([(await one.ended).status, one.stderr()]).toEqual([0, expect.any(String)]);
    expect(one.stderr()).toContain(`(the one at ${real.url}), auth`);
    expect(real.asked).toContain('/mlflow/api/2.0/mlflow/experiments/search');
    const mlflow = checksOf(one).find(({ dependency }) => dependency === 'mlflow');
    expect(mlflow?.target).toMatch(/^http:\/\/localhost:\d+\/mlflow$/);
  });

  test('leaves neither a process nor a file', async () => {
    for (const one of runs.values()) expect(await one.leftAfter(5_000)).toEqual([]);
  });

  test.each<[string[], string]>([
    [['--once', '--break', 'nothing'], 'database-name'],
    [['--unknown'], 'usage: npm start'],
  ])('%j ends 2 with a message on standard error and nothing on standard output', async (args, message) => {
    const one = runTwin(args);
    expect(await one.ended).toMatchObject({ status: 2 });
    expect(one.stderr()).toContain(message);
    expect(one.stdout()).toBe('');
    one.remove();
  });
});
