import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DiagnosisResult } from '../../core/diagnosis/index.ts';
import { startAuth, startMlflow } from '../../twin/servers/index.ts';
import { type PostgresServer, startPostgres } from '../../twin/servers/postgres.ts';
import type { StandIn } from '../../twin/servers/stand-in.ts';
import { goodSettings } from '../service/settings.ts';

const root = new URL('../../', import.meta.url).pathname;
const parts = [
  'bin',
  'core',
  'lambdas',
  'lib',
  'service',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

/** A checkout of the project with a history of its own. */
const checkout = realpathSync(mkdtempSync(join(tmpdir(), 'breakwater-diagnose-')));
const git = (...args: string[]): string => {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...identity, ...args], {
    cwd: checkout,
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim();
};
const commit = (path: string): string => {
  appendFileSync(join(checkout, path), '\n');
  git('add', path);
  git('commit', '-q', '-m', path);
  return git('rev-parse', 'HEAD');
};

let server: PostgresServer;
let mlflow: StandIn;
let auth: StandIn;
let environment: Record<string, string>;
let deployed: string;
/** The service that was started from that commit. */
let service: ReturnType<typeof spawn>;
let url: string;

const startFromCheckout = async (): Promise<void> => {
  const settings = await goodSettings();
  service = spawn(process.execPath, [join(checkout, 'bin/service.ts')], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  service.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  while (!output.includes('"listening"')) {
    if (service.exitCode !== null) throw new Error(`the service ended: ${output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  url = `http://127.0.0.1:${settings.API_PORT}`;
};

beforeAll(async () => {
  for (const part of parts) cpSync(join(root, part), join(checkout, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
  git('init', '-q', '-b', 'main');
  git('add', ...parts);
  git('commit', '-q', '-m', 'as it is');
  deployed = git('rev-parse', 'HEAD');
  server = await startPostgres();
  [mlflow, auth] = await Promise.all([startMlflow(), startAuth(), startFromCheckout()]);
  environment = {
    DATABASE_HOST: server.host,
    DATABASE_PORT: String(server.port),
    DATABASE_NAME: 'postgres',
    DATABASE_USER: server.superuser.name,
    DATABASE_PASSWORD: server.superuser.password,
    DATABASE_SSL_MODE: 'disable',
    DATABASE_EXPECTED_TABLES: 'pg_catalog.pg_class',
    MLFLOW_TRACKING_URI: mlflow.url,
    AUTH_SERVICE_URL: auth.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'twin',
    AWS_SECRET_ACCESS_KEY: 'twin',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: '/nonexistent',
  };
});

afterAll(async () => {
  if (service && service.exitCode === null) {
    service.kill('SIGKILL');
    await once(service, 'close');
  }
  await Promise.all([server?.dispose(), mlflow?.close(), auth?.close()]);
  rmSync(checkout, { recursive: true, force: true });
});

const run = (args: string[], changes: Record<string, string> = {}) =>
  new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    const env = { PATH: process.env.PATH, ...environment, SERVICE_URL: url, ...changes };
    execFile(process.execPath, args, { env, cwd: checkout }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

const diagnosis = async (changes: Record<string, string> = {}) => {
  const { status, stdout, stderr } = await run(['bin/diagnose.ts', '--json'], changes);
  if (stdout === '') throw new Error(stderr);
  const result = JSON.parse(stdout) as DiagnosisResult;
  const version = result.reports.find(({ probe }) => probe === 'version');
  const notRun = result.notRun.find(({ probe }) => probe === 'version')?.reason;
  return { status, findings: result.findings, version, notRun };
};

describe('npm run diagnose, with SERVICE_URL', () => {
  it('finds nothing wrong with the commit of the checkout, nor with a later one that changes no file of the image', async () => {
    const now = await diagnosis();
    expect([now.status, now.findings]).toEqual([0, []]);
    expect(now.version?.checks).toMatchObject([
      { dependency: 'service', ok: true, evidence: { running: [{ commit: deployed }], expected: deployed } },
    ]);
    commit('bin/diagnose.ts');
    expect(await diagnosis()).toMatchObject({ status: 0, findings: [] });
  });

  it('compares nothing while the checkout has changes of the image that are not committed, and says so', async () => {
    appendFileSync(join(checkout, 'core/drift/commits.ts'), '\n');
    const { status, notRun } = await diagnosis();
    git('checkout', '-q', 'core');
    expect([status, notRun]).toEqual([0, expect.stringContaining('not committed')]);
    expect(notRun).toContain(`commit ${deployed} (version `);
  });

  it('compares nothing where the environment names an image that is not built from the checkout', async () => {
    const file = 'lib/environments/development.ts';
    const text = readFileSync(join(checkout, file), 'utf8');
    const named = text.replace('service: {', "service: { image: 'registry.example.com/api:7',");
    writeFileSync(join(checkout, file), named);
    const { status, notRun } = await diagnosis();
    git('checkout', '-q', file);
    expect([status, notRun]).toEqual([0, expect.stringContaining('image registry.example.com/api:7')]);
  });

  it('says that it did not look where SERVICE_URL is not set or is wrong', async () => {
    const unset = await diagnosis({ SERVICE_URL: '' });
    expect([unset.status, unset.notRun]).toEqual([0, expect.stringContaining('SERVICE_URL is not set')]);
    const wrong = await diagnosis({ SERVICE_URL: 'api.example.com' });
    expect(wrong.notRun).toContain('SERVICE_URL cannot be used ("api.example.com")');
  });

  it('names what answers in place of the service, and does not call it drift', async () => {
    const other = createServer((_request, response) => response.writeHead(404).end('Not Found'));
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const { port } = other.address() as { port: number };
    const answered = await diagnosis({ SERVICE_URL: `http://127.0.0.1:${port}` });
    other.close();
    expect([answered.status, answered.findings]).toMatchObject([
      1,
      [{ dependency: 'service', cause: 'PATH_NOT_FOUND', probes: ['version'] }],
    ]);
    const gone = await diagnosis({ SERVICE_URL: `http://127.0.0.1:${port}` });
    expect(gone.findings).toMatchObject([{ dependency: 'service', cause: 'CONNECTION_REFUSED' }]);
  });

  it('I-33 a fix that is merged while an older task runs', async () => {
    const merged = commit('core/drift/commits.ts');
    const { status, findings } = await diagnosis();
    expect([status, findings]).toMatchObject([
      1,
      [
        {
          dependency: 'service',
          target: `${url}/version`,
          layer: 'config',
          cause: 'TASK_DEFINITION_DRIFT',
          evidence: { running: [{ commit: deployed, relation: 'older', answers: 5 }], expected: merged },
          remedy: expect.stringContaining('Deploy the service stack'),
          runbook: 'runbooks/configuration.md#task_definition_drift',
          probes: ['version'],
        },
      ],
    ]);
    const text = await run(['bin/diagnose.ts']);
    expect(text.status).toBe(1);
    expect(text.stdout).toContain('1  TASK_DEFINITION_DRIFT  service, layer config');
    for (const shown of [deployed, merged, 'which is older', 'found by'])
      expect(text.stdout).toContain(shown);
  });

  it('is a probe of its own, too', async () => {
    const { status, stdout } = await run(['bin/probe.ts', 'version', '--json']);
    expect([status, JSON.parse(stdout)]).toMatchObject([1, { probe: 'version', ok: false }]);
    const skipped = await run(['bin/probe.ts', 'version', '--json'], { SERVICE_URL: '' });
    expect([skipped.status, JSON.parse(skipped.stdout).checks]).toMatchObject([0, [{ skipped: true }]]);
  });
});
