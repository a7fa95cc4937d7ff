import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Report } from '../../core/checks/index.ts';
import { createCertificateAuthority } from '../../twin/certificates.ts';
import { type PostgresServer, startPostgres } from '../../twin/servers/postgres.ts';

const command = fileURLToPath(new URL('../../bin/probe.ts', import.meta.url));

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

const probe = (args: string[], environment: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const env = {
      PATH: process.env.PATH,
      AWS_EC2_METADATA_DISABLED: 'true',
      HOME: '/nonexistent',
      ...environment,
    };
    execFile(process.execPath, [command, ...args], { env }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

let server: PostgresServer;
let upstream: ReturnType<typeof createServer>;
let environment: Record<string, string>;
const password = 'p@ss/w#rd?%';

beforeAll(async () => {
  const authority = await createCertificateAuthority();
  server = await startPostgres({
    certificate: await authority.issue({ names: ['localhost'] }),
    superuser: { name: 'mlflow', password },
  });
  upstream = createServer((request, response) => {
    request.resume();
    response
      .writeHead(request.url?.includes('validate') ? 401 : 200, { 'content-type': 'application/json' })
      .end('{}');
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as { port: number };
  environment = {
    DATABASE_HOST: 'localhost',
    DATABASE_PORT: String(server.port),
    DATABASE_NAME: 'postgres',
    DATABASE_USER: 'mlflow',
    DATABASE_PASSWORD: password,
    DATABASE_SSL_ROOT_CERT: authority.certificatePem,
    MLFLOW_TRACKING_URI: `http://127.0.0.1:${port}`,
    AUTH_SERVICE_URL: `http://127.0.0.1:${port}`,
  };
});

afterAll(async () => {
  upstream?.close();
  await server?.dispose();
});

describe('npm run -s probe -- connectivity', () => {
  test('--json prints exactly the report and ends 0 when all is good', async () => {
    const { status, stdout, stderr } = await probe(['connectivity', '--json'], environment);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const report = JSON.parse(stdout) as Report;
    expect(Object.keys(report)).toEqual(['probe', 'environment', 'at', 'durationMs', 'ok', 'checks']);
    expect(report.checks.map(({ dependency, ok }) => [dependency, ok])).toEqual([
      ['postgres', true],
      ['redis', true],
      ['mlflow', true],
      ['auth', true],
    ]);
    expect(report.checks[1]).toMatchObject({ skipped: true, reason: 'REDIS_ENABLED is false' });
  });

  test('prints a report for people without --json, and never the password', async () => {
    const { status, stdout } = await probe(['connectivity'], { ...environment, DATABASE_NAME: 'mlflow' });
    expect(status).toBe(1);
    expect(stdout).toContain('DATABASE_MISSING');
    expect(stdout).not.toContain(password);
  });

  test('a wrong setting of one dependency fails its check, and the others run', async () => {
    const { status, stdout } = await probe(['connectivity', '--json'], {
      ...environment,
      DATABASE_PORT: 'x',
      MLFLOW_TRACKING_URI: '',
    });
    expect(status).toBe(1);
    const { checks } = JSON.parse(stdout) as Report;
    expect(checks.map(({ cause, ok }) => cause ?? ok)).toEqual([
      'SETTING_INVALID',
      true,
      'SETTING_MISSING',
      true,
    ]);
    expect(checks[0]).toMatchObject({ layer: 'config', evidence: { variables: ['DATABASE_PORT'] } });
  });

  test('checks only what PROBE_DEPENDENCIES names, and needs no settings for the others', async () => {
    const { MLFLOW_TRACKING_URI: _m, AUTH_SERVICE_URL: _a, ...database } = environment;
    const { status, stdout } = await probe(['connectivity', '--json'], {
      ...database,
      PROBE_DEPENDENCIES: 'postgres',
    });
    expect(status).toBe(0);
    const { checks } = JSON.parse(stdout) as Report;
    expect(checks.filter(({ skipped }) => !skipped).map(({ dependency }) => dependency)).toEqual([
      'postgres',
    ]);
    expect(checks[3]).toMatchObject({ skipped: true, reason: 'PROBE_DEPENDENCIES does not name auth' });
    const wrong = await probe(['connectivity'], { ...database, PROBE_DEPENDENCIES: 'postgres,mysql' });
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('write one or more of postgres, redis, mlflow, auth');
  });

  test('takes the whole connection from DATABASE_URL', async () => {
    const {
      DATABASE_HOST: _h,
      DATABASE_PORT: _p,
      DATABASE_NAME: _n,
      DATABASE_USER: _u,
      DATABASE_PASSWORD: _s,
      ...rest
    } = environment;
    const DATABASE_URL = `postgresql://mlflow:${encodeURIComponent(password)}@localhost:${server.port}/postgres`;
    expect((await probe(['connectivity', '--json'], { ...rest, DATABASE_URL })).status).toBe(0);
  });

  test('warns on standard error of a name that is not read', async () => {
    const { status, stderr } = await probe(['connectivity', '--json'], { ...environment, DATABSE_NAME: 'x' });
    expect(status).toBe(0);
    expect(stderr).toContain('did you mean DATABASE_NAME?');
  });
});

describe('npm run -s probe -- database-name', () => {
  test('compares what it can read and lists the other sources as skipped', async () => {
    const { status, stdout } = await probe(['database-name', '--json'], {
      ...environment,
      DATABASE_EXPECTED_TABLES: 'pg_class',
    });
    const report = JSON.parse(stdout) as Report;
    expect(report.sources).toEqual({
      settings: 'postgres',
      'RDS instance': null,
      secret: null,
      'task definition': null,
      server: 'postgres',
    });
    expect(report.checks.filter(({ skipped }) => skipped).map(({ target }) => target)).toEqual([
      'RDS instance',
      'secret',
      'task definition',
    ]);
    expect(status).toBe(1);
    expect(report.checks.find(({ cause }) => cause === 'SCHEMA_MISSING')?.evidence).toMatchObject({
      missing: ['pg_class'],
    });
  });

  test('skips the sources of AWS when it is out of reach', async () => {
    const { status, stdout } = await probe(['database-name', '--json'], {
      ...environment,
      DATABASE_EXPECTED_TABLES: ',',
      DATABASE_SECRET_ID: 'app',
      DATABASE_INSTANCE_ID: 'db',
      ECS_CLUSTER: 'c',
      ECS_SERVICE: 's',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'y',
    });
    const report = JSON.parse(stdout) as Report;
    expect(report.checks.filter(({ skipped }) => skipped)).toHaveLength(4);
    expect(status).toBe(0);
  });

  test('names the server when it has no such database', async () => {
    const { status, stdout } = await probe(['database-name', '--json'], {
      ...environment,
      DATABASE_NAME: 'mlflow',
    });
    expect(status).toBe(1);
    expect((JSON.parse(stdout) as Report).checks[0]).toMatchObject({
      cause: 'DATABASE_NAME_MISMATCH',
      evidence: { differs: ['server'], databases: ['postgres'] },
    });
  });
});

describe('npm run -s probe -- capacity', () => {
  test('counts the connections as the role that the settings name', async () => {
    const { status, stdout } = await probe(['capacity', '--json'], environment);
    const report = JSON.parse(stdout) as Report;
    expect([status, report.probe]).toEqual([0, 'capacity']);
    expect(report.checks).toMatchObject([
      { ok: true, layer: 'capacity', evidence: { used: 0, limit: 100, reserved: 3, headroomPercent: 100 } },
    ]);
  });

  test('shows the numbers to people, and ends 1 with the cause when the server is away', async () => {
    const { stdout } = await probe(['capacity'], environment);
    expect(stdout).toContain('headroomPercent=100');
    const away = await probe(['capacity'], { ...environment, DATABASE_PORT: '1' });
    expect([away.status, away.stdout]).toEqual([1, expect.stringContaining('CONNECTION_REFUSED')]);
  });
});

describe('a probe that cannot run ends 2, with the message on standard error and nothing on standard output', () => {
  test.each([
    [[], 'no probe named'],
    [['nonsense'], 'unknown probe "nonsense"'],
    [['connectivity', 'database-name'], 'one probe at a time'],
    [['connectivity', '--yaml'], '--yaml'],
    [['toString'], 'unknown probe'],
  ])('%p', async (args, why) => {
    const { status, stdout, stderr } = await probe(args as string[]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(why);
    expect(stderr).toContain(
      'usage: npm run -s probe -- connectivity|database-name|capacity|network-path|version [--json]',
    );
  });

  test('a wrong setting of the probe itself', async () => {
    const { status, stdout, stderr } = await probe(['connectivity'], {
      ENVIRONMENT: 'prod',
      PROBE_DEADLINE: '0',
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('2 settings are wrong');
  });
});
