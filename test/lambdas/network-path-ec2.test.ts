import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, describe, expect, test } from '@jest/globals';
import { budgetOf } from '../../core/checks/index.ts';
import type { Network } from '../../core/network/index.ts';
import { describe as describeNetwork } from '../../lambdas/network-path-probe/describe.ts';
import { networkOf } from '../../lambdas/network-path-probe/network.ts';
import { AwsError } from '../../twin/aws/answer.ts';
import { all, change, entries, route, rule, written } from '../core/network/paths/written-network.ts';
import { describedNetwork, type Ec2Fixture } from './network-path-fixture.ts';

const clients = ['subnet-a', 'subnet-b'];

let fixture: Ec2Fixture | undefined;
afterEach(async () => {
  await fixture?.close();
  fixture = undefined;
});

const read = async (network: Network, replaced = {}) => {
  fixture = await describedNetwork(network, replaced);
  return describeNetwork(fixture.client, clients, budgetOf(5_000));
};

/** Everything that EC2's words can say and the model can hold. */
const everything = all(
  entries(
    'acl-data',
    'ingress',
    '90 deny udp/53 10.0.0.0/16',
    '100 allow tcp/5432 10.0.1.0/24',
    '101 allow tcp/5432 fd00:10:0:1::/64',
    '110 deny icmp 0.0.0.0/0',
    '120 allow all 10.0.2.0/24',
    '* deny all 0.0.0.0/0',
  ),
  change('interfaces', 'eni-a', { addresses: ['10.0.1.10', 'fd00:10:0:1::10'], name: 'task of the API' }),
  change('interfaces', 'eni-db', { groups: ['sg-db', 'sg-web'] }),
  (network) => ({
    ...network,
    groups: [
      ...network.groups.map((one) => ({ name: `group ${one.id}`, ...one })),
      {
        id: 'sg-all',
        name: 'everything',
        ingress: [
          rule('tcp/5432 from pl-office'),
          rule('udp/1000-2000 from ::/0'),
          rule('all from sg-client'),
          rule('tcp/1 from 111122223333/sg-peer'),
        ],
        egress: [rule('all to 0.0.0.0/0')],
      },
    ],
    routeTables: network.routeTables.map((table) =>
      table.id === 'rtb-public'
        ? {
            ...table,
            name: 'public',
            routes: [
              ...table.routes,
              route('pl-office -> vpce-1'),
              route('192.0.2.0/24 -> pcx-1 (blackhole)'),
              route('172.16.0.0/12 -> tgw-1'),
              route('198.51.100.0/24 -> vgw-1 (propagated)'),
              route('::/0 -> eigw-1'),
              route('203.0.113.0/24 -> eni-appliance'),
            ],
          }
        : table,
    ),
  }),
);

/** EC2 lists the interface of a NAT gateway, an entry `*` in both directions, and names for all groups. */
const asEc2Says = (network: Network): Network => ({
  ...network,
  interfaces: [
    ...network.interfaces,
    {
      ...{ id: 'eni-nat-1', name: 'Interface for NAT Gateway nat-1', subnet: 'subnet-public' },
      ...{ addresses: ['10.0.9.200'], groups: [], publicAddress: true },
    },
  ],
  acls: network.acls.map((acl) => ({
    ...acl,
    entries: [
      ...acl.entries.filter(({ number }) => number < 32_767),
      ...(['ingress', 'egress'] as const).map((direction) => ({
        ...{ number: 32_767, direction, action: 'deny' as const, protocol: 'all', cidr: '0.0.0.0/0' },
        ports: { from: 0, to: 65_535 },
      })),
    ],
  })),
});

const actions = [
  'DescribeSubnets',
  'DescribeNetworkInterfaces',
  'DescribeSecurityGroups',
  'DescribeNetworkAcls',
  'DescribeRouteTables',
  'DescribeManagedPrefixLists',
  'GetManagedPrefixListEntries',
];

describe('what EC2 describes', () => {
  test('becomes the same network, page by page, through the real client', async () => {
    const network = everything(written());
    const description = await read(network);
    if (!description.ok) throw new Error(description.failure.detail);
    expect(networkOf(description.value)).toEqual(asEc2Says(network));
    const pages = (name: string) => fixture?.calls.filter((call) => call === name).length;
    // Four subnets in pages of two, and once by their ids.
    expect(pages('DescribeSubnets')).toBe(3);
    expect(pages('DescribeRouteTables')).toBe(3);
    expect([...(fixture?.endpoint.unknown ?? [])]).toEqual([]);
  });

  test('is asked for with exactly the permissions that the role has', async () => {
    await read(everything(written()));
    expect([...new Set(fixture?.calls)].sort()).toEqual([...actions].sort());
  });

  test('of prefix lists is asked only where a rule or a route names one', async () => {
    await read(written());
    expect(fixture?.calls).not.toContain('GetManagedPrefixListEntries');
  });

  test('includes a reference through a peering that was deleted', async () => {
    const description = await read(written(), {
      DescribeSecurityGroups: () => ({
        securityGroupInfo: [
          {
            ...{ groupId: 'sg-db', groupName: 'database', ownerId: '000000000000', vpcId: 'vpc-1' },
            ipPermissions: [
              {
                ...{ ipProtocol: 'tcp', fromPort: 5432, toPort: 5432 },
                groups: [{ userId: '111122223333', groupId: 'sg-peer', peeringStatus: 'deleted' }],
              },
            ],
          },
        ],
      }),
    });
    if (!description.ok) throw new Error(description.failure.detail);
    expect(networkOf(description.value).groups[0]?.ingress).toEqual([
      {
        ...rule('tcp/5432 from 111122223333/sg-peer'),
        peer: { group: 'sg-peer', account: '111122223333', peeringDeleted: true },
      },
    ]);
  });
});

describe('what EC2 does not say', () => {
  test.each(actions)('a missing permission is named: %s', async (action) => {
    const outcome = await read(everything(written()), {
      [action]: () => {
        throw new AwsError(
          'UnauthorizedOperation',
          'You are not authorized to perform this operation. Encoded authorization failure message: 4vXq7',
          403,
        );
      },
    });
    if (outcome.ok) throw new Error('it was read');
    expect(outcome.failure).toEqual({
      cause: 'UNKNOWN',
      layer: 'config',
      detail: `this role may not call ec2:${action}`,
      evidence: { action: `ec2:${action}`, error: 'UnauthorizedOperation' },
    });
  });

  test.each<[string, AwsError, string]>([
    [
      'a subnet that does not exist is a wrong setting',
      new AwsError('InvalidSubnetID.NotFound', "The subnet ID 'subnet-a' does not exist"),
      'NETWORK_CLIENT_SUBNETS names a subnet that does not exist',
    ],
    [
      'a throttled call says so',
      new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503),
      'ec2:DescribeSubnets answered RequestLimitExceeded',
    ],
  ])('%s', async (_what, error, detail) => {
    const outcome = await read(written(), {
      DescribeSubnets: () => {
        throw error;
      },
    });
    expect(outcome).toMatchObject({ ok: false, failure: { detail } });
  });

  test('client subnets of two networks are refused', async () => {
    const outcome = await read(written(), {
      DescribeSubnets: () => ({
        subnetSet: [
          { subnetId: 'subnet-a', vpcId: 'vpc-1' },
          { subnetId: 'subnet-b', vpcId: 'vpc-2' },
        ],
      }),
    });
    expect(outcome).toMatchObject({
      ok: false,
      failure: { cause: 'SETTING_INVALID', detail: expect.stringContaining('vpc-1 and vpc-2') },
    });
  });

  test('an endpoint that is silent ends with the time that is given', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = new EC2Client({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
      maxAttempts: 1,
    });
    const begin = performance.now();
    const outcome = await describeNetwork(client, clients, budgetOf(200));
    expect(performance.now() - begin).toBeLessThan(2_000);
    expect(outcome).toMatchObject({
      ok: false,
      failure: { detail: 'ec2:DescribeSubnets failed: no answer in time', evidence: { outOfReach: true } },
    });
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
});
