import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DiagnosisResult } from '../../core/diagnosis/index.ts';
import type { AlarmEvaluator } from '../../twin/alarms/index.ts';
import { type AwsEndpoint, cloudWatchOperations, startAwsEndpoint } from '../../twin/aws/index.ts';
import { startAuth, startMlflow } from '../../twin/servers/index.ts';
import { type PostgresServer, startPostgres } from '../../twin/servers/postgres.ts';
import type { StandIn } from '../../twin/servers/stand-in.ts';

const command = fileURLToPath(new URL('../../bin/diagnose.ts', import.meta.url));

let server: PostgresServer;
let mlflow: StandIn;
let auth: StandIn;
let endpoint: AwsEndpoint;
let environment: Record<string, string>;

const since = Date.UTC(2026, 0, 2, 3, 4, 5);

/** An alarm on PostgreSQL that has been up since then, and one that is fine. */
const evaluator = {
  alarms: ['postgres', 'redis'].map((dependency) => ({
    definition: {
      kind: 'metric',
      name: `breakwater-${dependency}-down`,
      series: {
        namespace: 'Breakwater',
        name: 'Up',
        dimensions: { Environment: 'development', Dependency: dependency },
      },
    },
    state: dependency === 'postgres' ? 'ALARM' : 'OK',
    reason: 'Threshold Crossed',
    since,
  })),
  transitions: [
    {
      alarm: 'breakwater-postgres-down',
      from: 'OK',
      to: 'ALARM',
      at: since - 3_600_000,
      reason: '',
      actions: [],
    },
    {
      alarm: 'breakwater-postgres-down',
      from: 'ALARM',
      to: 'OK',
      at: since - 1_800_000,
      reason: '',
      actions: [],
    },
    { alarm: 'breakwater-postgres-down', from: 'OK', to: 'ALARM', at: since, reason: '', actions: [] },
  ],
} as unknown as AlarmEvaluator;

beforeAll(async () => {
  server = await startPostgres();
  [mlflow, auth] = await Promise.all([startMlflow(), startAuth()]);
  endpoint = await startAwsEndpoint({
    secretsManager: {},
    rds: {},
    ecs: {},
    cloudWatch: cloudWatchOperations({ evaluator }),
  });
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
    AWS_ENDPOINT_URL: endpoint.url,
  };
});
afterAll(async () => {
  await Promise.all([server?.dispose(), mlflow?.close(), auth?.close(), endpoint?.close()]);
});

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

const run = (args: string[] = [], changes: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const env = {
      PATH: process.env.PATH,
      AWS_EC2_METADATA_DISABLED: 'true',
      HOME: '/nonexistent',
      ...environment,
      ...changes,
    };
    execFile(process.execPath, [command, ...args], { env }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

const diagnosis = async (
  changes: Record<string, string> = {},
): Promise<DiagnosisResult & { status: number }> => {
  const { status, stdout, stderr } = await run(['--json'], changes);
  if (stdout === '') throw new Error(stderr);
  return { status, ...(JSON.parse(stdout) as DiagnosisResult) };
};

describe('npm run diagnose', () => {
  it('says that nothing is wrong when nothing is, and exits 0', async () => {
    const { status, ok, findings } = await diagnosis();
    expect([status, ok, findings]).toEqual([0, true, []]);
  });

  it('names what explains the others, with its alarm and since when', async () => {
    const { status, findings } = await diagnosis({ DATABASE_NAME: 'mlflow' });
    expect(status).toBe(1);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      dependency: 'postgres',
      cause: 'DATABASE_NAME_MISMATCH',
      evidence: { databases: expect.arrayContaining(['postgres']) },
      runbook: 'runbooks/configuration.md#database_name_mismatch',
      alarms: [
        {
          name: 'breakwater-postgres-down',
          state: 'ALARM',
          since: new Date(since).toISOString(),
          timesInDay: 2,
        },
      ],
    });
    expect(findings[0]?.probes).toEqual(['database-name']);
    expect(findings[0]?.follows).toMatchObject([
      {
        dependency: 'postgres',
        cause: 'DATABASE_MISSING',
        probes: ['connectivity', 'capacity'],
        because: 'the sources do not agree on the name of the database',
      },
    ]);
  });

  it('tells it to people in the order what, since, evidence, do, runbook', async () => {
    const { stdout, status } = await run([], { DATABASE_NAME: 'mlflow' });
    expect(status).toBe(1);
    const order = ['1  DATABASE_NAME_MISMATCH', 'what', 'since', 'evidence', '    do', 'runbook', 'found by'];
    const places = order.map((text) => stdout.indexOf(text));
    expect(places.every((place, index) => place >= 0 && place > (places[index - 1] ?? -1))).toBe(true);
    expect(stdout).toContain('2026-01-02T03:04:05.000Z (alarm breakwater-postgres-down, 2 times in 24 h)');
    expect(stdout).not.toContain(server.superuser.password);
  });

  it('goes on without AWS, and says what it could not look at', async () => {
    const { status, findings, notRun } = await diagnosis({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      MLFLOW_TRACKING_URI: 'http://127.0.0.1:9',
    });
    expect(status).toBe(1);
    expect(findings).toMatchObject([{ dependency: 'mlflow', cause: 'CONNECTION_REFUSED', alarms: [] }]);
    expect(notRun.map(({ probe }) => probe)).toContain('alarms');
  });

  it('exits 2 with nothing on standard output when no probe can run or the command line is wrong', async () => {
    const wrong = await run([], { PROBE_DEADLINE: 'soon' });
    expect([wrong.status, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toContain('PROBE_DEADLINE');
    const words = await run(['--yaml']);
    expect([words.status, words.stdout]).toEqual([2, '']);
    expect(words.stderr).toContain('usage: npm run -s diagnose');
  });
});
