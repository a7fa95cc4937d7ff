import {
  DescribeInstancesCommand,
  DescribeNetworkAclsCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Network } from '../../core/network/index.ts';
import { type NetworkState, readNetwork } from '../../twin/aws/index.ts';
import type { ChangingCall } from '../../twin/changes/index.ts';
import { type FaultTarget, faults } from '../../twin/faults/index.ts';
import { written } from '../core/network/paths/written-network.ts';
import { describedNetwork, type Ec2Fixture } from '../lambdas/network-path-fixture.ts';
import { createFixture, type Fixture } from './template-fixture.ts';

const groupId = (id: string) => ({ 'Fn::GetAtt': [id, 'GroupId'] });

const resources = (upstream: string) => ({
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
  Subnet: { Type: 'AWS::EC2::Subnet', Properties: { CidrBlock: '10.0.1.0/24' } },
  Clients: {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      SecurityGroupEgress: [
        { IpProtocol: 'tcp', FromPort: 5000, ToPort: 5000, CidrIp: '10.0.0.0/16' },
        { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '0.0.0.0/0' },
        { IpProtocol: 'tcp', FromPort: 1000, ToPort: 6000, CidrIp: '10.0.9.0/24' },
      ],
    },
  },
  Server: {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      SecurityGroupIngress: [
        { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: groupId('Clients') },
      ],
    },
  },
  Acl: { Type: 'AWS::EC2::NetworkAcl' },
  AclOfSubnet: {
    Type: 'AWS::EC2::SubnetNetworkAclAssociation',
    Properties: { SubnetId: { Ref: 'Subnet' }, NetworkAclId: { Ref: 'Acl' } },
  },
  In: {
    Type: 'AWS::EC2::NetworkAclEntry',
    Properties: {
      ...{ NetworkAclId: { Ref: 'Acl' }, RuleNumber: 100, Protocol: 6, RuleAction: 'allow' },
      ...{ CidrBlock: '10.0.1.0/24', PortRange: { From: 5432, To: 5432 } },
    },
  },
  Subnets: { Type: 'AWS::RDS::DBSubnetGroup', Properties: { SubnetIds: [{ Ref: 'Subnet' }] } },
  Database: {
    Type: 'AWS::RDS::DBInstance',
    Properties: {
      DBSubnetGroupName: { Ref: 'Subnets' },
      VPCSecurityGroups: [groupId('Server')],
      Port: '5432',
    },
  },
  Probe: {
    Type: 'AWS::Lambda::Function',
    Properties: { VpcConfig: { SubnetIds: [{ Ref: 'Subnet' }], SecurityGroupIds: [groupId('Clients')] } },
  },
  Mlflow: {
    Type: 'AWS::SSM::Parameter',
    Properties: { Name: '/orders/mlflow/tracking-uri', Value: upstream },
  },
  Auth: {
    Type: 'AWS::SSM::Parameter',
    Properties: { Name: '/orders/auth/url', Value: 'https://auth.example.com' },
  },
});

const addresses = {
  postgres: { host: 'localhost', port: 40_001 },
  mlflow: 'http://localhost:40002',
  auth: 'http://localhost:40003',
};

const read = (upstream = 'http://mlflow.orders.local:5000'): { network: Network; fixture: Fixture } => {
  const fixture = createFixture({ data: { Resources: resources(upstream) } });
  return { network: readNetwork(fixture.assembly, addresses), fixture };
};

const portsOf = ({ groups }: Network, id: string, direction: 'ingress' | 'egress'): string[] =>
  (groups.find((group) => group.id === id)?.[direction] ?? []).map(({ ports: { from, to } }) =>
    from === to ? `${from}` : `${from}-${to}`,
  );

describe('the network that EC2 describes here', () => {
  test('has the ids that references have here, and the ports that the servers have here', () => {
    const { network, fixture } = read();
    fixture.remove();
    expect(portsOf(network, 'fixture-data-Server', 'ingress')).toEqual(['40001']);
    expect(portsOf(network, 'fixture-data-Clients', 'egress')).toEqual(['40002', '40003', '1000-6000']);
    expect(network.acls[0]?.entries.map(({ number, ports }) => [number, ports.from])).toEqual([
      [100, 40_001],
    ]);
    expect(fixture.resolve({ Ref: 'Subnet' }, fixture.assembly.stacks[0] as never)).toBe(
      network.subnets[0]?.id,
    );
  });

  test('has two rules where two upstreams share a port', () => {
    const { network, fixture } = read('https://mlflow.example.com');
    fixture.remove();
    expect(portsOf(network, 'fixture-data-Clients', 'egress')).toEqual([
      '5000',
      '40002',
      '40003',
      '1000-6000',
    ]);
  });

  test('is empty where no template defines one', () => {
    const fixture = createFixture({ data: { Resources: {} } });
    expect(readNetwork(fixture.assembly, addresses).subnets).toEqual([]);
    fixture.remove();
  });

  test('is back as it was when faults of the network are lifted, in any order', async () => {
    const { network, fixture } = read();
    fixture.remove();
    const state: NetworkState = { network };
    const calls: string[] = [];
    const changes = { record: async ({ eventName }: ChangingCall) => void calls.push(eventName) };
    const target = { network: state, changes } as FaultTarget;
    const acl = await faults['network-acl'].inject(target);
    const group = await faults['security-group'].inject(target);
    expect(state.network.acls[0]?.entries).toContainEqual(
      expect.objectContaining({ number: 90, direction: 'egress', action: 'deny', cidr: '10.0.1.0/24' }),
    );
    expect(portsOf(state.network, 'fixture-data-Server', 'ingress')).toEqual([]);
    await acl();
    expect(state.network.acls).toEqual(network.acls);
    await group();
    expect(state.network).toEqual(network);
    expect(calls).toEqual([
      ...['CreateNetworkAclEntry', 'RevokeSecurityGroupIngress'],
      ...['DeleteNetworkAclEntry', 'AuthorizeSecurityGroupIngress'],
    ]);
  });
});

describe('the endpoint, asked as EC2', () => {
  let ec2: Ec2Fixture;
  beforeAll(async () => {
    ec2 = await describedNetwork(written());
  });
  afterAll(() => ec2.close());

  test('gives an entry as EC2 does', async () => {
    const { NetworkAcls = [] } = await ec2.client.send(new DescribeNetworkAclsCommand({ MaxResults: 100 }));
    expect(NetworkAcls[0]?.Entries?.[0]).toEqual({
      ...{ CidrBlock: '0.0.0.0/0', Egress: false, Protocol: '-1', RuleAction: 'allow', RuleNumber: 100 },
    });
  });

  test.each<[string, () => Promise<unknown>, object]>([
    [
      'a subnet that is not there',
      () => ec2.client.send(new DescribeSubnetsCommand({ SubnetIds: ['subnet-x'] })),
      { name: 'InvalidSubnetID.NotFound', message: "The subnet ID 'subnet-x' does not exist" },
    ],
    [
      'a filter that it does not know',
      () =>
        ec2.client.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'state', Values: ['available'] }] })),
      { message: 'The twin does not know the filter state of EC2.' },
    ],
    [
      'a call that it does not know',
      () => ec2.client.send(new DescribeInstancesCommand({})),
      { name: 'UnknownOperationException', message: expect.stringContaining('ec2.DescribeInstances') },
    ],
  ])('refuses %s by name', async (_what, call, error) => {
    await expect(call()).rejects.toMatchObject(error);
  });
});
