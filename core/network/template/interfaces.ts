/** Which network interfaces the resources of a template will have: one in every subnet that they may stand in. */
import {
  addressText,
  type NetworkInterface,
  parseRange,
  reservedAddresses,
  type Subnet,
} from '../paths/index.ts';
import type { NamedResource } from './values.ts';

interface Placement {
  subnets: readonly string[];
  groups: readonly string[];
  publicAddress?: boolean;
}

interface Placed {
  /** What the interface belongs to, in a word. */
  word: string;
  place(resource: NamedResource, resources: readonly NamedResource[]): Placement | undefined;
}

const named = (resources: readonly NamedResource[], id: unknown): NamedResource | undefined =>
  resources.find((resource) => resource.id === id);

const list = (resource: NamedResource | undefined, property: string): string[] =>
  resource?.property<string[]>(property) ?? [];

const byType: Record<string, Placed> = {
  'AWS::ECS::Service': {
    word: 'ECS service',
    place: ({ property }) => {
      const { AwsvpcConfiguration: awsvpc } =
        property<{ AwsvpcConfiguration?: Record<string, unknown> }>('NetworkConfiguration') ?? {};
      return (
        awsvpc && {
          subnets: awsvpc.Subnets as string[],
          groups: (awsvpc.SecurityGroups as string[] | undefined) ?? [],
          publicAddress: awsvpc.AssignPublicIp === 'ENABLED',
        }
      );
    },
  },
  'AWS::Lambda::Function': {
    word: 'function',
    place: ({ property }) => {
      const vpc = property<{ SubnetIds?: string[]; SecurityGroupIds?: string[] }>('VpcConfig');
      return vpc && { subnets: vpc.SubnetIds ?? [], groups: vpc.SecurityGroupIds ?? [] };
    },
  },
  'AWS::RDS::DBInstance': {
    word: 'RDS instance',
    place: (instance, resources) => ({
      subnets: list(named(resources, instance.property('DBSubnetGroupName')), 'SubnetIds'),
      groups: list(instance, 'VPCSecurityGroups'),
    }),
  },
  'AWS::ElastiCache::ReplicationGroup': {
    word: 'cache',
    place: (cache, resources) => ({
      subnets: list(named(resources, cache.property('CacheSubnetGroupName')), 'SubnetIds'),
      groups: list(cache, 'SecurityGroupIds'),
    }),
  },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    word: 'load balancer',
    place: (balancer) => ({
      subnets: list(balancer, 'Subnets'),
      groups: list(balancer, 'SecurityGroups'),
      publicAddress: balancer.property('Scheme') === 'internet-facing',
    }),
  },
  'AWS::EC2::VPCEndpoint': {
    word: 'interface endpoint',
    place: (endpoint) =>
      endpoint.property('VpcEndpointType') === 'Interface'
        ? { subnets: list(endpoint, 'SubnetIds'), groups: list(endpoint, 'SecurityGroupIds') }
        : undefined,
  },
};

/** Every interface; its address is the next one that is free in its subnet. */
export const interfacesOf = (
  resources: readonly NamedResource[],
  subnets: readonly Subnet[],
): NetworkInterface[] => {
  const next = new Map<string, bigint>();
  const addressIn = ({ id, cidrs: [cidr = '0.0.0.0/0'] }: Subnet): string => {
    const place = next.get(id) ?? reservedAddresses;
    next.set(id, place + 1n);
    const { first, family } = parseRange(cidr);
    return addressText(first + place, family);
  };
  return resources.flatMap((resource) => {
    const placed = byType[resource.type];
    const placement = placed?.place(resource, resources);
    if (!placed || !placement) return [];
    const { groups, publicAddress = false } = placement;
    return subnets
      .filter(({ id }) => placement.subnets.includes(id))
      .map((subnet, index) => ({
        id: `${resource.id}-${index + 1}`,
        name: placed.word,
        subnet: subnet.id,
        addresses: [addressIn(subnet)],
        groups: [...groups],
        publicAddress,
      }));
  });
};
