import {
  type AclEntry,
  addressText,
  familyOf,
  type GroupRule,
  lastEntry,
  type Named,
  type Network,
  type NetworkAcl,
  type NetworkInterface,
  parseRange,
  type Route,
  type RouteTable,
  type SecurityGroup,
  type Subnet,
} from '../../core/network/index.ts';
import { account } from '../template/index.ts';
import { AwsError, type Operations } from './answer.ts';
import type { NetworkState } from './ec2-network.ts';
import { filtered, numbered, paged } from './ec2-request.ts';

const tags = ({ name }: Named, more: Record<string, string | undefined> = {}) => ({
  tagSet: Object.entries({ Name: name, ...more })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ key, value })),
});

const families = (cidrs: readonly string[], family: 4 | 6): string[] =>
  cidrs.filter((cidr) => familyOf(cidr) === family);

const subnetItem = (subnet: Subnet, { id: vpcId }: Network) => ({
  subnetId: subnet.id,
  vpcId,
  state: 'available',
  cidrBlock: families(subnet.cidrs, 4)[0],
  ipv6CidrBlockAssociationSet: families(subnet.cidrs, 6).map((ipv6CidrBlock) => ({ ipv6CidrBlock })),
  availabilityZone: subnet.zone,
  ...tags(subnet, { 'aws-cdk:subnet-name': subnet.tier }),
});

const interfaceItem = (one: NetworkInterface, { id: vpcId, groups }: Network) => ({
  networkInterfaceId: one.id,
  subnetId: one.subnet,
  vpcId,
  status: 'in-use',
  description: one.name,
  interfaceType: 'interface',
  privateIpAddress: families(one.addresses, 4)[0],
  privateIpAddressesSet: families(one.addresses, 4).map((privateIpAddress) => ({ privateIpAddress })),
  ipv6AddressesSet: families(one.addresses, 6).map((ipv6Address) => ({ ipv6Address })),
  groupSet: one.groups.map((groupId) => ({
    groupId,
    groupName: groups.find(({ id }) => id === groupId)?.name ?? groupId,
  })),
  ...(one.publicAddress && { association: { publicIp: '203.0.113.1' } }),
  tagSet: [],
});

const permission = ({ protocol, ports, peer }: GroupRule) => ({
  ipProtocol: protocol === 'all' ? '-1' : protocol,
  ...(protocol === 'all' ? {} : { fromPort: ports.from, toPort: ports.to }),
  groups: 'group' in peer ? [{ userId: peer.account ?? account, groupId: peer.group }] : [],
  ipRanges: 'cidr' in peer && familyOf(peer.cidr) === 4 ? [{ cidrIp: peer.cidr }] : [],
  ipv6Ranges: 'cidr' in peer && familyOf(peer.cidr) === 6 ? [{ cidrIpv6: peer.cidr }] : [],
  prefixListIds: 'prefixList' in peer ? [{ prefixListId: peer.prefixList }] : [],
});

const groupItem = (group: SecurityGroup, { id: vpcId }: Network) => ({
  groupId: group.id,
  groupName: group.name ?? group.id,
  ownerId: account,
  vpcId,
  ipPermissions: group.ingress.map(permission),
  ipPermissionsEgress: group.egress.map(permission),
  ...tags(group),
});

const protocolNumbers: Record<string, string> = { all: '-1', icmp: '1', tcp: '6', udp: '17', icmpv6: '58' };

const entryItem = ({ number, direction, action, protocol, cidr, ports }: AclEntry) => ({
  ruleNumber: number,
  protocol: protocolNumbers[protocol] ?? protocol,
  ruleAction: action,
  egress: direction === 'egress',
  ...(familyOf(cidr) === 4 ? { cidrBlock: cidr } : { ipv6CidrBlock: cidr }),
  ...(protocol === 'all' ? {} : { portRange: { from: ports.from, to: ports.to } }),
});

/** EC2 lists the entry that denies the rest as well. */
const denyTheRest = (['ingress', 'egress'] as const).map(
  (direction): AclEntry => ({
    ...{ number: lastEntry, direction, action: 'deny', protocol: 'all', cidr: '0.0.0.0/0' },
    ports: { from: 0, to: 65_535 },
  }),
);

const aclItem = (acl: NetworkAcl, { id: vpcId, subnets }: Network) => ({
  networkAclId: acl.id,
  vpcId,
  default: acl.id === `${vpcId}.DefaultNetworkAcl`,
  entrySet: [...acl.entries.filter(({ number }) => number < lastEntry), ...denyTheRest].map(entryItem),
  associationSet: subnets
    .filter((subnet) => subnet.acl === acl.id)
    .map(({ id: subnetId }) => ({ networkAclId: acl.id, subnetId })),
  ...tags(acl),
});

/** Gateways of several kinds share one member; EC2 tells them apart by how their ids begin. */
const targetMember = ({ kind, target }: Route): Record<string, string> => {
  const gateways: Partial<Record<Route['kind'], string>> = {
    internet: 'igw-',
    vpn: 'vgw-',
    endpoint: 'vpce-',
  };
  const members: Partial<Record<Route['kind'], string>> = {
    nat: 'natGatewayId',
    'egress-only': 'egressOnlyInternetGatewayId',
    peering: 'vpcPeeringConnectionId',
    transit: 'transitGatewayId',
    interface: 'networkInterfaceId',
  };
  const start = gateways[kind] ?? '';
  return { [members[kind] ?? 'gatewayId']: target.startsWith(start) ? target : `${start}${target}` };
};

const routeItem = (route: Route) => {
  const { destination } = route;
  const family = 'cidr' in destination ? familyOf(destination.cidr) : undefined;
  return {
    ...('prefixList' in destination
      ? { destinationPrefixListId: destination.prefixList }
      : { [family === 4 ? 'destinationCidrBlock' : 'destinationIpv6CidrBlock']: destination.cidr }),
    ...targetMember(route),
    state: route.blackhole ? 'blackhole' : 'active',
    origin: route.propagated ? 'EnableVgwRoutePropagation' : 'CreateRoute',
  };
};

const tableItem = (table: RouteTable, { id: vpcId, subnets }: Network) => ({
  routeTableId: table.id,
  vpcId,
  routeSet: table.routes.map(routeItem),
  associationSet: [
    ...(table.main ? [{ routeTableId: table.id, main: true }] : []),
    // A subnet that has the main table is associated with none.
    ...subnets
      .filter((subnet) => subnet.routeTable === table.id && !table.main)
      .map(({ id: subnetId }) => ({ routeTableId: table.id, subnetId, main: false })),
  ],
  ...tags(table),
});

/** NAT gateways have an interface in their subnet, by whose description they are found. */
const natInterfaces = ({ natGateways, subnets }: Network): NetworkInterface[] =>
  natGateways.map(({ id, subnet }) => {
    const [cidr = '0.0.0.0/0'] = subnets.find((each) => each.id === subnet)?.cidrs ?? [];
    return {
      id: `eni-${id}`,
      name: `Interface for NAT Gateway ${id}`,
      subnet,
      addresses: [addressText(parseRange(cidr).first + 200n, 4)],
      groups: [],
      publicAddress: true,
    };
  });

/**
 * What EC2 says of the network, in EC2's words.
 * @param largestPage no page is larger, whatever a request asks for
 */
export const ec2Operations = (state: NetworkState, largestPage = 1_000): Operations => {
  const listed =
    <T>(
      member: string,
      items: (network: Network) => readonly T[],
      read: Readonly<Record<string, (item: T) => string[]>>,
      item: (one: T, network: Network) => object,
    ) =>
    (input: Record<string, unknown>): Record<string, unknown> => {
      const { network } = state;
      const known = { 'vpc-id': () => [network.id], ...read };
      const page = paged(filtered(items(network), input, known), input, largestPage);
      return { [member]: page.items.map((one) => item(one, network)), nextToken: page.nextToken };
    };
  const subnets = listed<Subnet>('subnetSet', (network) => network.subnets, {}, subnetItem);
  return {
    DescribeSubnets: (input) => {
      const wanted = numbered(input, 'SubnetId');
      const unknown = wanted.find((id) => !state.network.subnets.some((subnet) => subnet.id === id));
      if (unknown !== undefined)
        throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${unknown}' does not exist`);
      if (wanted.length === 0) return subnets(input);
      const found = state.network.subnets.filter(({ id }) => wanted.includes(id));
      return { subnetSet: found.map((subnet) => subnetItem(subnet, state.network)) };
    },
    DescribeNetworkInterfaces: listed<NetworkInterface>(
      'networkInterfaceSet',
      (network) => [...network.interfaces, ...natInterfaces(network)],
      { 'group-id': ({ groups }) => groups, 'subnet-id': ({ subnet }) => [subnet] },
      interfaceItem,
    ),
    DescribeSecurityGroups: listed<SecurityGroup>(
      'securityGroupInfo',
      (network) => network.groups,
      { 'group-id': ({ id }) => [id] },
      groupItem,
    ),
    DescribeNetworkAcls: listed<NetworkAcl>('networkAclSet', (network) => network.acls, {}, aclItem),
    DescribeRouteTables: listed<RouteTable>('routeTableSet', (network) => network.routeTables, {}, tableItem),
    DescribeManagedPrefixLists: listed(
      'prefixListSet',
      (network) => network.prefixLists,
      { 'prefix-list-id': ({ id }) => [id] },
      ({ id, name }) => ({ prefixListId: id, prefixListName: name, ownerId: 'AWS' }),
    ),
    GetManagedPrefixListEntries: (input) => {
      const list = state.network.prefixLists.find(({ id }) => id === input.PrefixListId);
      if (!list)
        throw new AwsError(
          'InvalidPrefixListID.NotFound',
          `The prefix list ID '${input.PrefixListId}' does not exist`,
        );
      const page = paged(list.cidrs, input, largestPage);
      return { entrySet: page.items.map((cidr) => ({ cidr })), nextToken: page.nextToken };
    },
  };
};
