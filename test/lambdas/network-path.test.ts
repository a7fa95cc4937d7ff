import { afterEach, describe, expect, test } from '@jest/globals';
import { type Check, logRun, type Report } from '../../core/checks/index.ts';
import type { Network } from '../../core/network/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { runNetworkPath } from '../../lambdas/network-path-probe/run.ts';
import { AwsError } from '../../twin/aws/answer.ts';
import {
  all,
  change,
  entries,
  group,
  routes,
  rules,
  written,
} from '../core/network/paths/written-network.ts';
import { describedNetwork } from './network-path-fixture.ts';

const environment = {
  ENVIRONMENT: 'production',
  DATABASE_HOST: 'db.example.com',
  DATABASE_PORT: '5432',
  MLFLOW_TRACKING_URI: 'http://mlflow.orders.local:5000',
  AUTH_SERVICE_URL: 'https://auth.example.com',
  DISCOVERY_NAMESPACE: 'orders.local',
  NETWORK_CLIENT_SUBNETS: 'subnet-a,subnet-b',
  NETWORK_CLIENT_SECURITY_GROUP: 'sg-client',
  NETWORK_DATABASE_SECURITY_GROUP: 'sg-db',
};

/** Names as they are known outside the VPC. */
const names: Record<string, string[]> = {
  'db.example.com': ['10.0.3.10'],
  'auth.example.com': ['203.0.113.9', '2001:db8::9'],
  localhost: ['127.0.0.1', '::1'],
};

const withUpstreams = rules(
  'sg-client',
  'egress',
  'tcp/5432 to sg-db',
  'tcp/443 to 0.0.0.0/0',
  'tcp/5000 to 10.0.0.0/16',
);

let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

const run = async (
  edit: (network: Network) => Network = (same) => same,
  settings: Record<string, string> = {},
  more: { replaced?: object; awsOutOfReach?: 'fails' | 'is skipped' } = {},
): Promise<{ report: Report; lines: string[] }> => {
  const fixture = await describedNetwork(all(withUpstreams, edit)(written()), more.replaced);
  stop = fixture.close;
  const result = await runNetworkPath({
    settings: readSettings({ ...environment, ...settings }, { reader: 'network-path-probe' }),
    ec2: fixture.client,
    lookup: async (host) => {
      const found = names[host];
      if (!found) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
      return found;
    },
    awsOutOfReach: more.awsOutOfReach ?? 'fails',
  });
  const lines: string[] = [];
  return { report: logRun(result, (line) => lines.push(line)), lines };
};

const of = (report: Report, dependency: string): Check => {
  const check = report.checks.find((one) => one.dependency === dependency);
  if (!check) throw new Error(`no check of ${dependency}`);
  return check;
};

describe('the network-path probe', () => {
  test('reports every path that is open, at layer tcp, in one line and without a metric', async () => {
    const { report, lines } = await run();
    expect(report).toMatchObject({ probe: 'network-path', environment: 'production', ok: true });
    expect(
      report.checks.map(({ dependency, target, ok, layer, reason }) => [
        dependency,
        target,
        ok,
        reason ?? layer,
      ]),
    ).toEqual([
      ['postgres', 'db.example.com:5432', true, 'tcp'],
      ['redis', 'settings', true, 'REDIS_ENABLED is false'],
      ['mlflow', 'mlflow.orders.local:5000', true, 'tcp'],
      ['auth', 'auth.example.com:443', true, 'tcp'],
    ]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([report]);
    expect(of(report, 'postgres').evidence?.paths).toEqual(['eni-a -> eni-db', 'eni-b -> eni-db']);
  });

  test('names the entry of a network ACL that denies the answers, and the command that lets them pass', async () => {
    const { report } = await run(
      entries(
        'acl-data',
        'egress',
        '100 deny tcp/1024-65535 10.0.2.0/24',
        '110 allow tcp/1024-65535 10.0.0.0/16',
      ),
    );
    expect(of(report, 'postgres')).toMatchObject({
      ok: false,
      layer: 'tcp',
      cause: 'NETWORK_ACL_BLOCKS',
      detail:
        'network ACL acl-data (data) outbound entry 100 of the data subnets denies tcp/1024-65535 to 10.0.2.0/24; 1 of 2 paths fail, exactly those from subnet-b (client b) in az-b',
      remedy: expect.any(String),
      runbook: 'runbooks/network.md#network_acl_blocks',
      evidence: {
        blocks: 'network ACL acl-data (data)',
        direction: 'outbound',
        stops: 'the answers',
        rule: '100 deny tcp/1024-65535 10.0.2.0/24',
        change: {
          command:
            'aws ec2 create-network-acl-entry --network-acl-id acl-data --egress --rule-number 99 --protocol tcp --port-range From=1024,To=65535 --cidr-block 10.0.2.0/24 --rule-action allow',
          kind: 'add an ACL entry',
          acl: 'acl-data',
          entry: { number: 99, action: 'allow' },
        },
        paths: '1 of 2 fail',
        failing: ['eni-b -> eni-db'],
      },
    });
    expect(of(report, 'postgres').evidence?.steps).toContain(
      'security group sg-db (database) inbound rule tcp/5432 from sg-client admits it',
    );
    expect(of(report, 'auth').ok).toBe(true);
  });

  test('names the rule that a security group lacks', async () => {
    const { report } = await run(rules('sg-db', 'ingress'));
    expect(of(report, 'postgres')).toMatchObject({
      cause: 'SECURITY_GROUP_BLOCKS',
      detail:
        'security group sg-db (database) has no inbound rule that admits tcp/5432 from security group sg-client',
      runbook: 'runbooks/network.md#security_group_blocks',
      evidence: {
        rule: 'no rule',
        change: {
          command:
            "aws ec2 authorize-security-group-ingress --group-id sg-db --ip-permissions 'IpProtocol=tcp,FromPort=5432,ToPort=5432,UserIdGroupPairs=[{GroupId=sg-client}]'",
        },
        paths: '2 of 2 fail',
      },
    });
  });

  test('names the route that leads to something gone, and the one that another subnet has', async () => {
    const { report } = await run(routes('rtb-b', '0.0.0.0/0 -> nat-2 (blackhole)'));
    expect(of(report, 'auth')).toMatchObject({
      cause: 'ROUTE_MISSING',
      detail:
        'route table rtb-b of subnet subnet-b (client b) sends 0.0.0.0/0 to nat-2, which is gone (blackhole); 1 of 2 paths fail, exactly those from subnet-b (client b) in az-b',
      evidence: {
        change: {
          command:
            'aws ec2 replace-route --route-table-id rtb-b --destination-cidr-block 0.0.0.0/0 --nat-gateway-id nat-1',
        },
      },
    });
    expect(of(report, 'postgres').ok).toBe(true);
  });

  test('tells a path that fails now and then from one that is closed', async () => {
    const { report } = await run(entries('acl-data', 'egress', '100 allow tcp/1024-32767 10.0.0.0/16'));
    expect(of(report, 'postgres').detail).toContain('connections fail now and then');
  });

  test('finds a database that carries another group by its address, and says which rule that group lacks', async () => {
    const { report } = await run(
      all(group('sg-other', []), change('interfaces', 'eni-db', { groups: ['sg-other'] })),
    );
    expect(of(report, 'postgres').detail).toBe(
      'security group sg-client has no outbound rule that admits tcp/5432 to security group sg-other',
    );
    expect(of(report, 'postgres').evidence?.also).toEqual([
      'security group sg-other has no inbound rule that admits tcp/5432 from security group sg-client',
    ]);
  });

  test('says that the database is gone where nothing has its group or its address', async () => {
    const { report } = await run((network) => ({
      ...network,
      interfaces: network.interfaces.filter(({ id }) => id !== 'eni-db'),
    }));
    expect(of(report, 'postgres')).toMatchObject({
      cause: 'HOST_UNREACHABLE',
      detail:
        'no network interface of vpc-1 carries sg-db or has the address 10.0.3.10: db.example.com is gone, or carries another group',
    });
  });

  test('without a group of its own an address of the VPC is followed to what stands there', async () => {
    const { report } = await run(rules('sg-db', 'ingress'), { NETWORK_DATABASE_SECURITY_GROUP: '' });
    expect(of(report, 'postgres').cause).toBe('SECURITY_GROUP_BLOCKS');
  });

  test('in a subnet where no client stands yet, looks for one that would', async () => {
    const { report } = await run((network) => ({
      ...network,
      interfaces: network.interfaces.filter(({ id }) => id !== 'eni-b'),
    }));
    expect(of(report, 'postgres').evidence?.paths).toEqual([
      'eni-a -> eni-db',
      'a client in subnet-b (client b) -> eni-db',
    ]);
  });

  test.each([
    ['a discovery name', {}],
    ['a name that is not known outside', { DISCOVERY_NAMESPACE: '' }],
    [
      'a name that leads to this machine',
      { MLFLOW_TRACKING_URI: 'http://localhost:5000', DISCOVERY_NAMESPACE: '' },
    ],
  ])('%s is taken to stand in the subnets of the clients', async (_what, settings) => {
    const { report } = await run(rules('sg-client', 'egress', 'tcp/443 to 0.0.0.0/0'), settings);
    expect(of(report, 'mlflow')).toMatchObject({
      cause: 'SECURITY_GROUP_BLOCKS',
      detail: expect.stringMatching(
        /^security group sg-client has no outbound rule that admits tcp\/5000 to 10\.0\.1\.4 \(\S+ in subnet-a \(client a\)\)/,
      ),
      evidence: { change: { command: expect.stringContaining('IpRanges=[{CidrIp=10.0.1.0/24}]') } },
    });
  });

  test('a rule for a part of those subnets is enough, because the name may lead there', async () => {
    const { report } = await run(
      rules('sg-client', 'egress', 'tcp/5000 to 10.0.2.128/25', 'tcp/443 to 0.0.0.0/0'),
    );
    expect(of(report, 'mlflow').ok).toBe(true);
  });

  test('an upstream outside is repaired for every address, because its own changes', async () => {
    const { report } = await run(rules('sg-client', 'egress', 'tcp/5432 to sg-db'));
    expect(of(report, 'auth').evidence?.change).toMatchObject({
      command: expect.stringContaining('IpRanges=[{CidrIp=0.0.0.0/0}]'),
    });
  });

  test('with the cache on its path is looked at too', async () => {
    const { report } = await run(
      all(
        group('sg-cache', []),
        change('interfaces', 'eni-web', {
          groups: ['sg-cache'],
          subnet: 'subnet-data',
          addresses: ['10.0.3.20'],
        }),
      ),
      { REDIS_ENABLED: 'true', REDIS_HOST: 'cache.example.com', NETWORK_CACHE_SECURITY_GROUP: 'sg-cache' },
    );
    expect(of(report, 'redis')).toMatchObject({
      target: 'cache.example.com:6379',
      cause: 'SECURITY_GROUP_BLOCKS',
      evidence: { paths: '2 of 2 fail', changes: expect.any(Array) },
    });
  });

  test('a permission that is missing fails every check and is named, without what EC2 added', async () => {
    const { report, lines } = await run(
      undefined,
      {},
      {
        replaced: {
          DescribeNetworkAcls: () => {
            throw new AwsError('UnauthorizedOperation', 'Encoded authorization failure message: 4vXq7', 403);
          },
        },
      },
    );
    const failed = report.checks.filter(({ skipped }) => !skipped);
    expect(failed.map(({ cause, layer, detail }) => [cause, layer, detail])).toEqual(
      Array(3).fill(['UNKNOWN', 'config', 'this role may not call ec2:DescribeNetworkAcls']),
    );
    expect(lines.join('')).not.toContain('4vXq7');
  });

  test('AWS that is out of reach fails in a function and is skipped in a shell', async () => {
    const replaced = {
      DescribeSubnets: () => {
        throw new AwsError(
          'AuthFailure',
          'AWS was not able to validate the provided access credentials',
          401,
        );
      },
    };
    const failing = await run(undefined, {}, { replaced });
    expect(of(failing.report, 'postgres')).toMatchObject({ ok: false, cause: 'UNKNOWN' });
    await stop?.();
    const skipping = await run(undefined, {}, { replaced, awsOutOfReach: 'is skipped' });
    expect(of(skipping.report, 'postgres')).toMatchObject({
      ok: true,
      skipped: true,
      reason: 'AWS is out of reach: ec2:DescribeSubnets failed: AuthFailure',
    });
  });

  test('a wrong setting of its own fails every check, so that it is never silence', async () => {
    const { report } = await run(undefined, { NETWORK_CLIENT_SUBNETS: '', PROBE_DEADLINE: '0' });
    expect(report.checks.map(({ cause }) => cause)).toEqual(Array(4).fill('SETTING_INVALID'));
    expect(report.checks[0]?.evidence).toEqual({ variables: ['PROBE_DEADLINE', 'NETWORK_CLIENT_SUBNETS'] });
  });

  test('a wrong setting of one dependency fails its check and no other', async () => {
    const { report } = await run(undefined, { DATABASE_HOST: '', AUTH_SERVICE_URL: 'auth' });
    expect(report.checks.map(({ dependency, cause }) => [dependency, cause])).toEqual([
      ['postgres', 'SETTING_MISSING'],
      ['redis', undefined],
      ['mlflow', undefined],
      ['auth', 'SETTING_INVALID'],
    ]);
  });
});
