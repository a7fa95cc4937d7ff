import { expect, test } from '@jest/globals';
import { formatReport, type Report } from '../../../core/checks/index.ts';

const report: Report = {
  probe: 'connectivity',
  environment: 'development',
  at: '2026-01-01T00:00:00.000Z',
  durationMs: 41,
  ok: false,
  checks: [
    {
      dependency: 'postgres',
      target: 'db:5432/mlflow',
      ok: false,
      layer: 'database',
      cause: 'DATABASE_MISSING',
      detail: 'database "mlflow" does not exist (3D000)',
      evidence: { sqlstate: '3D000', databases: ['mlflow_db', 'postgres'] },
      remedy:
        'Set DATABASE_NAME to a database that exists (the evidence lists them), or run the bootstrap function.',
      runbook: 'runbooks/database.md#database_missing',
      phases: { dnsMs: 1, tcpMs: 2 },
      durationMs: 23,
    },
    {
      dependency: 'redis',
      target: 'settings',
      ok: true,
      skipped: true,
      reason: 'REDIS_ENABLED is false',
      layer: 'config',
      durationMs: 0,
    },
    { dependency: 'mlflow', target: 'http://mlflow:5000', ok: true, layer: 'query', durationMs: 9 },
  ],
};

test.each([52, 60, 80, 120])(
  'fits a terminal of %i columns and keeps cause, evidence, remedy and runbook',
  (width) => {
    const text = formatReport(report, { width });
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    const words = text.replace(/\s+/g, ' ');
    for (const part of [
      'DATABASE_MISSING',
      'databases=mlflow_db, postgres',
      'runbooks/database.md#database_missing',
      'skipped redis',
    ])
      expect(words).toContain(part);
  },
);

test('has no colour unless asked for', () => {
  expect(formatReport(report)).not.toContain('\x1b');
  expect(formatReport(report, { color: true })).toContain('\x1b[31mFAILED');
});

test('doubt has lines of its own: what else it may be, how that was told apart, and what decides', () => {
  const doubtful: Report = {
    ...report,
    checks: [
      {
        dependency: 'postgres',
        target: 'db:5432/mlflow_db',
        ok: false,
        layer: 'tcp',
        cause: 'CONNECT_TIMEOUT',
        detail: '10.0.2.5 port 5432: no answer within 1000 ms',
        evidence: {
          address: '10.0.2.5',
          mayBe: ['a security group', 'a route'],
          toldApart: ['not a stopped server', 'silent too from source ports 2048 and 61200'],
          decides: 'the network-path probe',
        },
        durationMs: 1_000,
      },
    ],
  };
  expect(formatReport(doubtful).split('\n').slice(2)).toEqual([
    '    cause      CONNECT_TIMEOUT (layer tcp)',
    '    detail     10.0.2.5 port 5432: no answer within 1000 ms',
    '    evidence   address=10.0.2.5',
    '    may be     a security group; a route',
    '    told apart not a stopped server; silent too from source ports 2048 and 61200',
    '    decided by the network-path probe',
    '    took       1000 ms',
  ]);
});

test('a list of sentences has a line for each where something is wrong, and is only counted where nothing is', () => {
  const steps = [
    'security group sg-1 (client) admits it',
    'network ACL acl-1 (data) denies tcp/5432',
    'route',
  ];
  const long = [...steps, 'route table rtb-1 (client) leads 10.10.6.5 to the VPC itself'];
  const check = {
    dependency: 'postgres',
    target: 'db:5432',
    layer: 'tcp',
    evidence: { address: '10.0.2.5', blocked: [], steps: long },
    durationMs: 1,
  } as const;
  const linesOf = (checks: Report['checks']) => formatReport({ ...report, checks }).split('\n');
  const failed = linesOf([{ ...check, ok: false, cause: 'NETWORK_ACL_BLOCKS' }]);
  expect(failed.slice(3, 9)).toEqual([
    '    evidence   address=10.0.2.5; blocked=none',
    '               steps:',
    ...long.map((step) => `               - ${step}`),
  ]);
  expect(linesOf([{ ...check, ok: true }]).slice(3)).toEqual([
    '    evidence   address=10.0.2.5; blocked=none; steps=4 (all with --json)',
  ]);
});
