import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Account, accountOf, formatAccount, prices, type Template } from '../../lib/cost/index.ts';
import { environmentNamed, environmentNames } from '../../lib/environments/index.ts';

const root = new URL('../../', import.meta.url).pathname;
const run = promisify(execFile);

/** The most that watching an environment may cost a month where a way to AWS exists anyway, US dollars. */
const limit = 20;

const resources = (all: Record<string, [type: string, properties: object]>): Template => ({
  Resources: Object.fromEntries(
    Object.entries(all).map(([id, [Type, Properties]]) => [id, { Type, Properties }]),
  ),
});

const production = environmentNamed('production');
const rowOf = (account: Account, item: string) => account.rows.find((row) => row.item === item);

describe('the account of what the templates have', () => {
  let accounts: Account[];
  beforeAll(async () => {
    const { stdout } = await run(process.execPath, ['bin/cost.ts', '--json'], { cwd: root });
    accounts = JSON.parse(stdout).environments;
  }, 120_000);

  test('has every environment, each within its limit where a way to AWS exists anyway', () => {
    expect(accounts.map(({ environment }) => environment)).toEqual(environmentNames);
    for (const { environment, total } of accounts)
      expect([environment, total < limit]).toEqual([environment, true]);
  });

  test('counts what an environment really publishes', () => {
    const [development, staging, other] = accounts.map(
      (account) => rowOf(account, 'custom metrics')?.quantity,
    );
    // No cache: no series of Redis and no list to wait in. Upstreams without TLS have no certificate.
    expect([development, staging, other]).toEqual([27, 32, 33]);
  });

  test('has the endpoints that the functions in the VPC call through, for each zone', () => {
    for (const { environment, endpoints, total, totalWithOwnEndpoints } of accounts) {
      expect(endpoints.services).toEqual(['ecs', 'rds', 'secretsmanager']);
      expect(endpoints.quantity).toBe(3 * environmentNamed(environment).network.zones.length);
      expect(totalWithOwnEndpoints).toBeCloseTo(total + endpoints.quantity * 7.3);
    }
  });

  test('adds up, says what each row is paid for, and stands beside one canary and four', () => {
    for (const account of accounts) {
      const sum = account.rows.reduce((total, { monthly }) => total + monthly, 0);
      expect(account.total).toBeCloseTo(sum);
      for (const row of account.rows)
        expect(row.monthly).toBeCloseTo(row.quantity * prices[row.price].dollars);
      expect(account.canaries).toEqual({ one: expect.closeTo(52.56), four: expect.closeTo(210.24) });
      for (const probe of [
        'connectivity-probe',
        'database-name-probe',
        'capacity-probe',
        'network-path-probe',
      ])
        expect([probe, (rowOf(account, probe)?.quantity ?? 0) > 0]).toEqual([probe, true]);
    }
  });

  test('is read in 80 columns', () => {
    for (const line of accounts.flatMap((account) => formatAccount(account).split('\n')))
      expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('the account counts', () => {
  const stat = (id: string, Period = 60) => ({ Id: id, MetricStat: { Metric: {}, Period, Stat: 'Sum' } });
  const alarm = (properties: object): [string, object] => ['AWS::CloudWatch::Alarm', properties];

  test('every metric of an alarm, more for those of a few seconds, and composites and dashboards apart', () => {
    const account = accountOf(
      production,
      resources({
        Plain: alarm({ MetricName: 'Up', Period: 60 }),
        Fast: alarm({ MetricName: 'Up', Period: 10 }),
        Sum: alarm({ Metrics: [stat('a'), stat('b'), { Id: 'c', Expression: 'a + b' }] }),
        Both: ['AWS::CloudWatch::CompositeAlarm', {}],
        Page: ['AWS::CloudWatch::Dashboard', {}],
      }),
    );
    const monthly = (item: string) => rowOf(account, item)?.monthly;
    expect(monthly('alarms')).toBeCloseTo(0.3);
    expect(monthly('alarms, high resolution')).toBeCloseTo(0.3);
    expect(monthly('composite alarms')).toBeCloseTo(0.5);
    expect(monthly('dashboard')).toBeCloseTo(3);
  });

  test.each(['SELECT MAX(Up) FROM Breakwater', 'ANOMALY_DETECTION_BAND(a, 2)'])(
    'no alarm whose price the template does not say: %s',
    (Expression) => {
      const template = resources({ Odd: alarm({ Metrics: [stat('a'), { Id: 'b', Expression }] }) });
      expect(() => accountOf(production, template)).toThrow(/^Odd: the price of an alarm on /);
    },
  );

  test('a function by its schedule, its memory and what a run takes; one without a schedule by what is assumed', () => {
    const of = (name: string, more: object = {}): [string, object] => [
      'AWS::Lambda::Function',
      {
        ...{ FunctionName: `hokusai-production-${name}`, Handler: 'index.handler', MemorySize: 512 },
        ...{ TracingConfig: { Mode: 'Active' }, ...more },
      },
    ];
    const account = accountOf(
      production,
      resources({
        Probe: of('connectivity-probe', { Environment: { Variables: { A_SECRET_ID: 'x', OTHER: 'y' } } }),
        Rule: [
          'AWS::Events::Rule',
          { ScheduleExpression: 'rate(1 minute)', Targets: [{ Arn: { 'Fn::GetAtt': ['Probe', 'Arn'] } }] },
        ],
        New: of('something-new', { TracingConfig: undefined }),
        Theirs: of('of-the-cdk', { Handler: '__entrypoint__.handler' }),
      }),
    );
    expect(rowOf(account, 'connectivity-probe')?.quantity).toBeCloseTo(43_800 * 0.2 * 0.5);
    expect(rowOf(account, 'something-new')?.quantity).toBeCloseTo(1_000 * 1 * 0.5);
    expect(rowOf(account, 'of-the-cdk')).toBeUndefined();
    expect(rowOf(account, 'runs of functions')?.quantity).toBe(44_800);
    expect(rowOf(account, 'traces of functions')?.quantity).toBe(43_800);
    // Kept for five minutes.
    expect(rowOf(account, 'secrets read')?.quantity).toBe(8_760);
  });

  test('nothing at a price without source and date', () => {
    for (const { source, date, per } of Object.values(prices)) {
      expect(source).toMatch(/\w/);
      expect(per).toMatch(/\w/);
      expect(date).toMatch(/^20\d\d(-\d\d){0,2}$/);
    }
  });
});

test.each([
  [['--environment', 'qa'], /Unknown environment 'qa'/],
  [['--money'], /Unknown option '--money'/],
  [['production'], /Unexpected argument 'production'/],
])(
  'the command with %j ends with 2, says why and how it is meant, and prints no account',
  async (args, why) => {
    const { code, stderr, stdout } = await run(process.execPath, ['bin/cost.ts', ...args], {
      cwd: root,
    }).then(
      () => ({ code: 0, stderr: '', stdout: '' }),
      (error) => error,
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(why);
    expect(stderr).toContain(
      'usage: npm run -s cost -- [--environment development|staging|production] [--json]',
    );
  },
);
