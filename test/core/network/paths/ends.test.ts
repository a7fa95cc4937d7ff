import { describe, expect, test } from '@jest/globals';
import {
  commandOf,
  type Endpoint,
  endpointOf,
  evaluatePath,
  type Network,
} from '../../../../core/network/index.ts';
import { all, change, group, rules, written } from './written-network.ts';

const tcp5432 = { protocol: 'tcp', port: 5432 } as const;

const named = (network: Network, id: string, ownGroup?: string): Endpoint => {
  const found = network.interfaces.find((one) => one.id === id);
  if (!found) throw new Error(`no ${id}`);
  return endpointOf(found, ownGroup);
};

const commands = (network: Network, from: Endpoint, to: Endpoint): string[] =>
  evaluatePath(network, from, to, tcp5432).findings.map((finding) =>
    finding.change ? commandOf(finding.change) : 'advice',
  );

describe('the ends of a path', () => {
  test('whose groups nobody knows may carry the one that a rule names, in the VPC', () => {
    const network = written();
    const unknown: Endpoint = { label: 'a service', addresses: ['10.0.3.99'], subnet: 'subnet-data' };
    expect(evaluatePath(network, named(network, 'eni-a'), unknown, tcp5432).state).toBe('open');
    const outside: Endpoint = { label: 'a service', addresses: ['203.0.113.9'] };
    expect(commands(network, named(network, 'eni-a'), outside)).toEqual([
      "aws ec2 authorize-security-group-egress --group-id sg-client --ip-permissions 'IpProtocol=tcp,FromPort=5432,ToPort=5432,IpRanges=[{CidrIp=203.0.113.9/32}]'",
    ]);
  });

  test('of a peered network are known by the groups that they are said to carry', () => {
    const network = rules('sg-client', 'egress', 'tcp/5432 to 111122223333/sg-peer')(written());
    const routed = {
      ...network,
      routeTables: network.routeTables.map((table) => ({
        ...table,
        routes: [
          ...table.routes,
          { destination: { cidr: '10.9.0.0/16' }, kind: 'peering' as const, target: 'pcx-1' },
        ],
      })),
    };
    const peer: Endpoint = { label: 'a peer', addresses: ['10.9.0.7'], groups: ['sg-peer'] };
    expect(evaluatePath(routed, named(routed, 'eni-a'), peer, tcp5432).state).toBe('open');
  });

  test('are repaired in the group that makes them what they are', () => {
    const network = all(
      group('sg-more', []),
      change('interfaces', 'eni-a', { groups: ['sg-more', 'sg-client'] }),
      change('interfaces', 'eni-db', { groups: ['sg-more', 'sg-db'] }),
      rules('sg-db', 'ingress'),
    )(written());
    expect(
      commands(network, named(network, 'eni-a', 'sg-client'), named(network, 'eni-db', 'sg-db')),
    ).toEqual([
      "aws ec2 authorize-security-group-ingress --group-id sg-db --ip-permissions 'IpProtocol=tcp,FromPort=5432,ToPort=5432,UserIdGroupPairs=[{GroupId=sg-client}]'",
    ]);
  });

  test('one of them at least is in the VPC', () => {
    const outside: Endpoint = { label: 'outside', addresses: ['203.0.113.9'] };
    expect(() => evaluatePath(written(), outside, { ...outside, label: 'elsewhere' }, tcp5432)).toThrow(
      'Neither outside nor elsewhere is in a subnet of vpc-1',
    );
  });
});
