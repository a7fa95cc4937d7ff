import { describe, expect, test } from '@jest/globals';
import { contains } from '../../../core/network/index.ts';
import { scratch } from './scratch.ts';
import { cases, type Json, resourcesOf, type Synthesized, type Template } from './synthesized.ts';

const groupIdsByParty = (data: Template): Record<string, string> =>
  Object.fromEntries(
    resourcesOf(data, 'AWS::EC2::SecurityGroup').map(({ id, Properties }) => [
      Properties.Tags.find(({ Key }: Json) => Key === 'Name').Value.replace(/^[^-]+-[^-]+-/, ''),
      id,
    ]),
  );

interface IngressRule {
  source: Json;
  from: number;
  to: number;
}

const ingressOf = ({ templates }: Synthesized, party: string): IngressRule[] => {
  const data = templates.Data;
  const id = groupIdsByParty(data)[party] ?? '';
  const inline = data.Resources[id]?.Properties.SecurityGroupIngress ?? [];
  const apart = Object.values(templates)
    .flatMap((template) => resourcesOf(template, 'AWS::EC2::SecurityGroupIngress'))
    .filter(({ Properties }) => JSON.stringify(Properties.GroupId).includes(`"${id}"`))
    .map(({ Properties }) => Properties);
  return [...inline, ...apart].map(({ FromPort, ToPort, CidrIp, SourceSecurityGroupId }: Json) => ({
    source: CidrIp ?? SourceSecurityGroupId?.['Fn::GetAtt']?.[0],
    from: FromPort,
    to: ToPort,
  }));
};

const subnetRanges = (data: Template, group: string): string[] =>
  resourcesOf(data, 'AWS::EC2::Subnet')
    .filter(({ Properties }) =>
      Properties.Tags.some(({ Key, Value }: Json) => Key === 'aws-cdk:subnet-name' && Value === group),
    )
    .map(({ Properties }) => Properties.CidrBlock);

const aclEntries = (data: Template, egress: boolean): string[] =>
  resourcesOf(data, 'AWS::EC2::NetworkAclEntry')
    .filter(({ Properties }) => Properties.Egress === egress)
    .map(
      ({ Properties: p }) =>
        `${p.RuleAction} ${p.Protocol} ${p.CidrBlock} ${p.PortRange.From}-${p.PortRange.To}`,
    )
    .sort();

describe.each(cases)('network of %s', (_name, synthesized) => {
  const { environment, templates } = synthesized;
  const data = templates.Data;
  const clients = subnetRanges(data, 'client');
  const ports = environment.cache.enabled ? [5432, 6379] : [5432];

  test('the database admits the client group on its port and nothing else', () => {
    const client = groupIdsByParty(data).client;
    expect(ingressOf(synthesized, 'database')).toEqual([{ source: client, from: 5432, to: 5432 }]);
  });

  test('the cache, where there is one, admits the client group on its port and nothing else', () => {
    const client = groupIdsByParty(data).client;
    const expected = environment.cache.enabled ? [{ source: client, from: 6379, to: 6379 }] : [];
    expect(ingressOf(synthesized, 'cache')).toEqual(expected);
  });

  test('the client group is reached by the load balancer only', () => {
    const balancer = groupIdsByParty(data)['load-balancer'];
    expect(ingressOf(synthesized, 'client')).toEqual([{ source: balancer, from: 8001, to: 8001 }]);
  });

  test('no security group may reach everything', () => {
    for (const { id, Properties } of resourcesOf(data, 'AWS::EC2::SecurityGroup')) {
      // Without a rule of its own EC2 would add one that allows all.
      expect([id, Properties.SecurityGroupEgress?.length ?? 0]).not.toEqual([id, 0]);
      for (const rule of Properties.SecurityGroupEgress) expect(rule.IpProtocol).not.toBe('-1');
    }
  });

  test('the data subnets take exactly the clients on the server ports, and answer them', () => {
    const inward = ports.flatMap((port) => clients.map((cidr) => `allow 6 ${cidr} ${port}-${port}`));
    expect(aclEntries(data, false)).toEqual(inward.sort());
    expect(aclEntries(data, true)).toEqual(clients.map((cidr) => `allow 6 ${cidr} 1024-65535`).sort());
  });

  test('the network ACL is that of every data subnet and of no other', () => {
    const associated = resourcesOf(data, 'AWS::EC2::SubnetNetworkAclAssociation').map(
      ({ Properties }) => data.Resources[Properties.SubnetId.Ref]?.Properties.CidrBlock,
    );
    expect(associated.sort()).toEqual(subnetRanges(data, 'data').sort());
  });

  test('no route leads from the data subnets out of the VPC', () => {
    const routes = resourcesOf(data, 'AWS::EC2::Route').filter(({ id }) => id.includes('dataSubnet'));
    expect(routes).toEqual([]);
  });

  test('subnets lie in the range of the VPC, in two zones or more', () => {
    const subnets = resourcesOf(data, 'AWS::EC2::Subnet');
    for (const { Properties } of subnets) {
      expect(contains(environment.network.cidr, Properties.CidrBlock)).toBe(true);
    }
    expect(new Set(subnets.map(({ Properties }) => Properties.AvailabilityZone)).size).toBe(
      environment.network.zones.length,
    );
    expect(environment.network.zones.length).toBeGreaterThanOrEqual(2);
  });

  test('clients leave the way that the environment says', () => {
    const nat = resourcesOf(data, 'AWS::EC2::NatGateway').length;
    const endpoints = resourcesOf(data, 'AWS::EC2::VPCEndpoint').filter(
      ({ Properties }) => Properties.VpcEndpointType === 'Interface',
    ).length;
    const expected = {
      'nat-shared': { nat: 1, endpoints: 0 },
      'nat-per-zone': { nat: environment.network.zones.length, endpoints: 0 },
      endpoints: { nat: 0, endpoints: 8 },
    };
    expect({ nat, endpoints }).toEqual(expected[environment.network.egress]);
  });

  test('the VPC records its flows', () => {
    expect(resourcesOf(data, 'AWS::EC2::FlowLog')[0]?.Properties.TrafficType).toBe('ALL');
  });
});

test('a further zone does not move the subnets that exist', async () => {
  const { chooseEnvironment } = await import('../../../lib/app.ts');
  const { Network } = await import('../../../lib/constructs/network/index.ts');
  const { App, Stack } = await import('aws-cdk-lib/core');
  const { network } = chooseEnvironment('development');
  const ranges = (zones: readonly string[]) => {
    const built = new Network(new Stack(new App({ outdir: scratch() }), 'S'), 'N', {
      name: 'n',
      logRetention: 7,
      ...network,
      zones,
    });
    return built.subnets(built.clientSubnets).map(({ ipv4CidrBlock }) => ipv4CidrBlock);
  };
  const more = ranges([...network.zones, 'us-east-1c']);
  expect(more.slice(0, 2)).toEqual(ranges(network.zones));
});
