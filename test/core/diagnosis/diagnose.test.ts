import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CauseCode, causes } from '../../../core/causes/index.ts';
import type { Check, Dependency, ProbeName, Report } from '../../../core/checks/index.ts';
import { diagnose } from '../../../core/diagnosis/index.ts';

const check = (dependency: Dependency, cause: CauseCode, evidence: Record<string, unknown> = {}): Check => ({
  dependency,
  target: 'x',
  ok: false,
  layer: causes[cause].layer,
  cause,
  detail: 'd',
  evidence,
  durationMs: 1,
});

const report = (probe: ProbeName, ...checks: Check[]): Report => ({
  probe,
  environment: 'development',
  at: '2026-01-01T00:00:00.000Z',
  durationMs: 1,
  ok: checks.every(({ ok }) => ok),
  checks,
});

const good: Check = { dependency: 'auth', target: 'x', ok: true, layer: 'query', durationMs: 1 };

/** What is told: each root with what follows from it. */
const told = (...reports: Report[]) =>
  diagnose(reports).map(({ check: { dependency, cause }, follows }) => [
    `${dependency} ${cause}`,
    ...follows.map(({ finding }) => `${finding.check.dependency} ${finding.check.cause}`),
  ]);

const scenarios: [name: string, reports: Report[], told: string[][]][] = [
  ['nothing is wrong', [report('connectivity', good)], []],
  [
    'a blocked path explains the silence, and what other probes could not do',
    [
      report('connectivity', check('postgres', 'CONNECT_TIMEOUT'), good),
      report('capacity', check('postgres', 'CONNECT_TIMEOUT')),
      report('network-path', check('postgres', 'NETWORK_ACL_BLOCKS', { blocks: 'acl-1' })),
    ],
    [['postgres NETWORK_ACL_BLOCKS', 'postgres CONNECT_TIMEOUT']],
  ],
  [
    'one name server explains every name that is not found in time',
    [
      report(
        'connectivity',
        check('postgres', 'DNS_TIMEOUT'),
        check('redis', 'DNS_TIMEOUT'),
        check('auth', 'DNS_TIMEOUT'),
      ),
    ],
    [['auth DNS_TIMEOUT', 'postgres DNS_TIMEOUT', 'redis DNS_TIMEOUT']],
  ],
  [
    'a name that differs explains the database that is missing',
    [
      report('connectivity', check('postgres', 'DATABASE_MISSING')),
      report('database-name', check('postgres', 'DATABASE_NAME_MISMATCH')),
    ],
    [['postgres DATABASE_NAME_MISMATCH', 'postgres DATABASE_MISSING']],
  ],
  [
    'a broken secret explains the rejected password',
    [
      report('connectivity', check('postgres', 'PASSWORD_REJECTED')),
      report('database-name', check('postgres', 'SECRET_UNREADABLE')),
    ],
    [['postgres SECRET_UNREADABLE', 'postgres PASSWORD_REJECTED']],
  ],
  [
    'a server without connections is one thing, whoever found it',
    [
      report('connectivity', check('postgres', 'TOO_MANY_CONNECTIONS')),
      report('capacity', check('postgres', 'TOO_MANY_CONNECTIONS', { byApplication: [] })),
    ],
    [['postgres TOO_MANY_CONNECTIONS']],
  ],
  [
    'what has nothing to do with each other stays apart, the most needed first',
    [
      report(
        'connectivity',
        check('redis', 'AUTHENTICATION_REQUIRED'),
        check('postgres', 'READ_ONLY'),
        check('mlflow', 'NO_HEALTHY_TARGET'),
      ),
    ],
    [['postgres READ_ONLY'], ['mlflow NO_HEALTHY_TARGET'], ['redis AUTHENTICATION_REQUIRED']],
  ],
  [
    'one place that blocks several dependencies is told once',
    [
      report('connectivity', check('postgres', 'CONNECT_TIMEOUT'), check('redis', 'CONNECT_TIMEOUT')),
      report(
        'network-path',
        check('postgres', 'NETWORK_ACL_BLOCKS', { blocks: 'acl-1' }),
        check('redis', 'NETWORK_ACL_BLOCKS', { blocks: 'acl-1' }),
      ),
    ],
    [
      [
        'postgres NETWORK_ACL_BLOCKS',
        'postgres CONNECT_TIMEOUT',
        'redis CONNECT_TIMEOUT',
        'redis NETWORK_ACL_BLOCKS',
      ],
    ],
  ],
];

describe('a diagnosis', () => {
  it.each(scenarios)('%s', (_name, reports, wanted) => {
    expect(told(...reports).map(([root, ...rest]) => [root, ...rest.sort()])).toEqual(wanted);
  });

  it('says why one follows from the other', () => {
    const [first] = diagnose([
      report('connectivity', check('postgres', 'CONNECT_TIMEOUT')),
      report('network-path', check('postgres', 'SECURITY_GROUP_BLOCKS', { blocks: 'sg-1' })),
    ]);
    expect(first?.follows[0]?.because).toBe('the path between client and server is blocked there');
  });

  it('loses no finding and tells none twice, whatever comes together', () => {
    const anyCheck = fc
      .tuple(
        fc.constantFrom<Dependency>('postgres', 'redis', 'mlflow', 'auth'),
        fc.constantFrom(...(Object.keys(causes) as CauseCode[])),
      )
      .map(([dependency, cause]) => check(dependency, cause));
    const anyReport = fc
      .tuple(
        fc.constantFrom<ProbeName>('connectivity', 'capacity', 'database-name', 'network-path'),
        fc.array(anyCheck, { maxLength: 6 }),
      )
      .map(([probe, checks]) => report(probe, ...checks));
    fc.assert(
      fc.property(fc.array(anyReport, { maxLength: 4 }), (reports) => {
        const wanted = new Set(
          reports.flatMap(({ checks }) => checks.map(({ dependency, cause }) => `${dependency} ${cause}`)),
        );
        const all = told(...reports).flat();
        expect(new Set(all)).toEqual(wanted);
        const diagnoses = diagnose(reports);
        if (wanted.size > 0) expect(diagnoses.length).toBeGreaterThan(0);
      }),
    );
  });
});
