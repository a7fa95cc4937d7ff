import { describe, expect, test } from '@jest/globals';
import { endpointOf, evaluatePath, type Network, networkOf, stackOf } from '../../../core/network/index.ts';

type Resources = Record<string, { Type: string; Properties?: Record<string, unknown> }>;

const ref = (id: string) => ({ Ref: id });
const groupId = (id: string) => ({ 'Fn::GetAtt': [id, 'GroupId'] });

/** Two subnets; the client's has nothing of its own, the database's an ACL and a table. */
const base: Resources = {
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
  ClientSubnet: {
    Type: 'AWS::EC2::Subnet',
    Properties: {
      CidrBlock: '10.0.1.0/24',
      VpcId: ref('Vpc'),
      AvailabilityZone: { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] },
    },
  },
  DataSubnet: {
    Type: 'AWS::EC2::Subnet',
    Properties: {
      CidrBlock: '10.0.3.0/24',
      Ipv6CidrBlock: 'fd00:10:0:3::/64',
      Tags: [
        { Key: 'Name', Value: { 'Fn::Sub': '${AWS::StackName}-data' } },
        { Key: 'aws-cdk:subnet-name', Value: 'data' },
      ],
    },
  },
  Acl: { Type: 'AWS::EC2::NetworkAcl', Properties: { VpcId: ref('Vpc') } },
  AclOfData: {
    Type: 'AWS::EC2::SubnetNetworkAclAssociation',
    Properties: {
      SubnetId: { 'Fn::GetAtt': ['DataSubnet', 'SubnetId'] },
      NetworkAclId: { 'Fn::GetAtt': ['Acl', 'Id'] },
    },
  },
  In: {
    Type: 'AWS::EC2::NetworkAclEntry',
    Properties: {
      ...{
        NetworkAclId: ref('Acl'),
        RuleNumber: 100,
        Protocol: 6,
        RuleAction: 'allow',
        CidrBlock: '10.0.1.0/24',
      },
      PortRange: { From: 5432, To: 5432 },
    },
  },
  Out: {
    Type: 'AWS::EC2::NetworkAclEntry',
    Properties: {
      ...{
        NetworkAclId: ref('Acl'),
        RuleNumber: 100,
        Protocol: -1,
        RuleAction: 'allow',
        CidrBlock: '10.0.1.0/24',
      },
      Egress: true,
    },
  },
  Table: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: ref('Vpc') } },
  TableOfData: {
    Type: 'AWS::EC2::SubnetRouteTableAssociation',
    Properties: { SubnetId: ref('DataSubnet'), RouteTableId: ref('Table') },
  },
  Client: { Type: 'AWS::EC2::SecurityGroup', Properties: { VpcId: ref('Vpc') } },
  Server: {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      SecurityGroupEgress: [{ IpProtocol: 'icmp', FromPort: 252, ToPort: 86, CidrIp: '255.255.255.255/32' }],
    },
  },
  Admit: {
    Type: 'AWS::EC2::SecurityGroupIngress',
    Properties: {
      ...{ GroupId: groupId('Server'), IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432 },
      SourceSecurityGroupId: groupId('Client'),
    },
  },
  Subnets: { Type: 'AWS::RDS::DBSubnetGroup', Properties: { SubnetIds: [ref('DataSubnet')] } },
  Database: {
    Type: 'AWS::RDS::DBInstance',
    Properties: { DBSubnetGroupName: ref('Subnets'), VPCSecurityGroups: [groupId('Server')] },
  },
};

const service: Resources = {
  Service: {
    Type: 'AWS::ECS::Service',
    Properties: {
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: [{ 'Fn::GetStackOutput': { StackName: 'data', OutputName: 'Subnet' } }],
          SecurityGroups: [{ 'Fn::ImportValue': 'client-group' }],
        },
      },
    },
  },
};

const outputs = {
  Subnet: { Value: ref('ClientSubnet') },
  Group: { Value: groupId('Client'), Export: { Name: 'client-group' } },
};

const read = (more: Resources = {}): Network =>
  networkOf(
    [
      stackOf('data', { Resources: { ...base, ...more }, Outputs: outputs }),
      stackOf('service', { Resources: service }),
    ],
    { prefixLists: { s3: ['52.216.0.0/15'] } },
  );

const ends = (network: Network) =>
  ['Service-1', 'Database-1'].map((name) => {
    const found = network.interfaces.find(({ id }) => id === name);
    if (!found) throw new Error(`no ${name}`);
    return endpointOf(found);
  });

const state = (network: Network, port = 5432): string => {
  const [client, database] = ends(network);
  if (!client || !database) throw new Error('no ends');
  return evaluatePath(network, client, database, { protocol: 'tcp', port }).state;
};

describe('a network read from templates', () => {
  test('connects what stands in several stacks', () => {
    const network = read();
    expect(
      network.interfaces.map(({ id, subnet, addresses, groups }) => [id, subnet, addresses, groups]),
    ).toEqual([
      ['Database-1', 'DataSubnet', ['10.0.3.4'], ['Server']],
      ['Service-1', 'ClientSubnet', ['10.0.1.4'], ['Client']],
    ]);
    expect([state(network), state(network, 5433)]).toEqual(['open', 'blocked']);
  });

  test('has the default ACL, main table and default rules where a template is silent', () => {
    const network = read();
    expect(network.subnets).toMatchObject([
      {
        id: 'ClientSubnet',
        acl: 'Vpc.DefaultNetworkAcl',
        routeTable: 'Vpc.MainRouteTable',
        cidrs: ['10.0.1.0/24'],
      },
      {
        ...{ id: 'DataSubnet', acl: 'Acl', routeTable: 'Table', name: 'AWS::StackName-data', tier: 'data' },
        cidrs: ['10.0.3.0/24', 'fd00:10:0:3::/64'],
      },
    ]);
    const group = (wanted: string) => network.groups.find(({ id }) => id === wanted);
    expect(group('Client')?.egress).toEqual([
      { protocol: 'all', ports: { from: 0, to: 65_535 }, peer: { cidr: '0.0.0.0/0' } },
    ]);
    expect(group('Server')?.egress.map(({ protocol }) => protocol)).toEqual(['icmp']);
    expect(group('Vpc.DefaultSecurityGroup')?.ingress).toMatchObject([
      { peer: { group: 'Vpc.DefaultSecurityGroup' } },
    ]);
    expect(network.routeTables.map(({ id, main }) => [id, main ?? false])).toEqual([
      ['Table', false],
      ['Vpc.MainRouteTable', true],
    ]);
  });

  test('takes rules written inline, by prefix list and for IPv6 as well', () => {
    const inline = {
      Server: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          SecurityGroupIngress: [
            { IpProtocol: -1, SourceSecurityGroupId: 'sg-peer', SourceSecurityGroupOwnerId: '111122223333' },
            { IpProtocol: 'tcp', FromPort: 1, ToPort: 2, SourcePrefixListId: 'pl-1' },
            { IpProtocol: '17', FromPort: 53, ToPort: 53, CidrIpv6: '::/0' },
          ],
        },
      },
    };
    const server = read(inline).groups.find(({ id }) => id === 'Server');
    expect(
      server?.ingress.map(({ protocol, ports, peer }) => [protocol, ports.from, ports.to, peer]),
    ).toEqual([
      ['all', 0, 65_535, { group: 'sg-peer', account: '111122223333' }],
      ['tcp', 1, 2, { prefixList: 'pl-1' }],
      ['udp', 53, 53, { cidr: '::/0' }],
      ['tcp', 5432, 5432, { group: 'Client' }],
    ]);
  });

  test.each<[string, Record<string, unknown>, object]>([
    ['an internet gateway', { GatewayId: ref('Internet') }, { kind: 'internet', target: 'Internet' }],
    ['a VPN gateway', { GatewayId: ref('Vpn') }, { kind: 'vpn', target: 'Vpn' }],
    ['a NAT gateway', { NatGatewayId: ref('Nat') }, { kind: 'nat', target: 'Nat' }],
    ['a peering', { VpcPeeringConnectionId: 'pcx-1' }, { kind: 'peering', target: 'pcx-1' }],
    ['a transit gateway', { TransitGatewayId: 'tgw-1' }, { kind: 'transit', target: 'tgw-1' }],
  ])('knows what a route leads to: %s', (_what, target, expected) => {
    const network = read({
      Internet: { Type: 'AWS::EC2::InternetGateway' },
      Vpn: { Type: 'AWS::EC2::VPNGateway' },
      Nat: { Type: 'AWS::EC2::NatGateway', Properties: { SubnetId: ref('ClientSubnet') } },
      Route: {
        Type: 'AWS::EC2::Route',
        Properties: { RouteTableId: ref('Table'), DestinationCidrBlock: '0.0.0.0/0', ...target },
      },
    });
    const table = network.routeTables.find(({ id }) => id === 'Table');
    expect(table?.routes).toEqual([
      { destination: { cidr: '10.0.0.0/16' }, kind: 'local', target: 'local' },
      { destination: { cidr: '0.0.0.0/0' }, ...expected },
    ]);
    expect(network.natGateways).toEqual([{ id: 'Nat', subnet: 'ClientSubnet' }]);
  });

  test('has the route of a gateway endpoint, to the ranges that are given for its service', () => {
    const network = read({
      S3: {
        Type: 'AWS::EC2::VPCEndpoint',
        Properties: {
          ...{ VpcEndpointType: 'Gateway', RouteTableIds: [ref('Table')] },
          ServiceName: { 'Fn::Join': ['', ['com.amazonaws.', ref('AWS::Region'), '.s3']] },
        },
      },
    });
    const list = 'com.amazonaws.AWS::Region.s3';
    expect(network.prefixLists).toEqual([{ id: list, name: list, cidrs: ['52.216.0.0/15'] }]);
    expect(network.routeTables.find(({ id }) => id === 'Table')?.routes[1]).toEqual({
      ...{ destination: { prefixList: list }, kind: 'endpoint', target: 'S3' },
    });
  });

  test.each<[string, Resources, string]>([
    ['without a VPC', { Vpc: { Type: 'AWS::SNS::Topic' } }, 'The templates define no VPC'],
    ['with two VPCs', { Another: { Type: 'AWS::EC2::VPC' } }, 'The templates define several VPCs'],
    [
      'with a reference that it does not understand',
      {
        In: {
          Type: 'AWS::EC2::NetworkAclEntry',
          Properties: { NetworkAclId: { 'Fn::If': ['A', 'b', 'c'] } },
        },
      },
      'data: Fn::If is not understood in a network',
    ],
    [
      'with a reference to an output that is not there',
      {
        In: {
          Type: 'AWS::EC2::NetworkAclEntry',
          Properties: { NetworkAclId: { 'Fn::GetStackOutput': { StackName: 'service', OutputName: 'X' } } },
        },
      },
      'data: stack service has no output X',
    ],
  ])('is refused %s', (_what, more, message) => {
    expect(() => read(more)).toThrow(message);
  });
});
