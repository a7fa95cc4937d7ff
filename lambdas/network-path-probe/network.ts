/** From EC2's words to the model that is evaluated. */
import type {
  NetworkAcl as Ec2Acl,
  NetworkInterface as Ec2Interface,
  Route as Ec2Route,
  Subnet as Ec2Subnet,
  IpPermission,
  NetworkAclEntry,
  Tag,
} from '@aws-sdk/client-ec2';
import {
  type AclEntry,
  type GroupPeer,
  type GroupRule,
  type Named,
  type Network,
  type NetworkInterface,
  portsOf,
  protocolOf,
  type Route,
  type RouteKind,
  type Subnet,
} from '../../core/network/index.ts';
import type { Description } from './describe.ts';

const tag = (tags: Tag[] | undefined, key: string): string | undefined =>
  tags?.find(({ Key }) => Key === key)?.Value || undefined;

const named = (id: string | undefined, ...names: (string | undefined)[]): Named => {
  const name = names.find((each) => each !== undefined && each !== '' && each !== id);
  return { id: id ?? '', ...(name !== undefined && { name }) };
};

/** A group of another account carries that account; EC2 gives the own account's number too. */
const peersOf = (permission: IpPermission, owner: string | undefined): GroupPeer[] => [
  ...(permission.IpRanges ?? []).flatMap(({ CidrIp }) => (CidrIp ? [{ cidr: CidrIp }] : [])),
  ...(permission.Ipv6Ranges ?? []).flatMap(({ CidrIpv6 }) => (CidrIpv6 ? [{ cidr: CidrIpv6 }] : [])),
  ...(permission.PrefixListIds ?? []).flatMap(({ PrefixListId }) =>
    PrefixListId ? [{ prefixList: PrefixListId }] : [],
  ),
  ...(permission.UserIdGroupPairs ?? []).map(
    ({ GroupId = '', UserId, PeeringStatus }): GroupPeer => ({
      group: GroupId,
      ...(UserId !== undefined && UserId !== owner && { account: UserId }),
      ...(PeeringStatus === 'deleted' && { peeringDeleted: true }),
    }),
  ),
];

const rulesOf = (permissions: IpPermission[] | undefined, owner: string | undefined): GroupRule[] =>
  (permissions ?? []).flatMap((permission) => {
    const protocol = protocolOf(permission.IpProtocol);
    const ports = portsOf(protocol, permission.FromPort, permission.ToPort);
    return peersOf(permission, owner).map((peer) => ({ protocol, ports, peer }));
  });

const entryOf = (entry: NetworkAclEntry): AclEntry => {
  const protocol = protocolOf(entry.Protocol);
  return {
    number: entry.RuleNumber ?? 0,
    direction: entry.Egress ? 'egress' : 'ingress',
    action: entry.RuleAction === 'allow' ? 'allow' : 'deny',
    protocol,
    cidr: entry.CidrBlock ?? entry.Ipv6CidrBlock ?? '0.0.0.0/0',
    ports: portsOf(protocol, entry.PortRange?.From, entry.PortRange?.To),
  };
};

const gatewayKind = (id: string): RouteKind => {
  if (id === 'local') return 'local';
  const starts: [string, RouteKind][] = [
    ['igw-', 'internet'],
    ['vgw-', 'vpn'],
    ['vpce-', 'endpoint'],
  ];
  return starts.find(([start]) => id.startsWith(start))?.[1] ?? 'other';
};

const targetOf = (route: Ec2Route): Pick<Route, 'kind' | 'target'> => {
  const targets: [RouteKind, string | undefined][] = [
    ['nat', route.NatGatewayId],
    ['egress-only', route.EgressOnlyInternetGatewayId],
    ['peering', route.VpcPeeringConnectionId],
    ['transit', route.TransitGatewayId],
    [gatewayKind(route.GatewayId ?? ''), route.GatewayId],
    ['interface', route.NetworkInterfaceId ?? route.InstanceId],
    ['other', route.LocalGatewayId ?? route.CarrierGatewayId ?? route.CoreNetworkArn],
  ];
  const [kind, target] = targets.find(([, id]) => id !== undefined) ?? ['other', 'unknown'];
  return { kind, target: target ?? 'unknown' };
};

const routeOf = (route: Ec2Route): Route => ({
  destination:
    route.DestinationPrefixListId === undefined
      ? { cidr: route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? '0.0.0.0/0' }
      : { prefixList: route.DestinationPrefixListId },
  ...targetOf(route),
  ...(route.State === 'blackhole' && { blackhole: true }),
  ...(route.Origin === 'EnableVgwRoutePropagation' && { propagated: true }),
});

const interfaceOf = (one: Ec2Interface): NetworkInterface => ({
  ...named(one.NetworkInterfaceId, tag(one.TagSet, 'Name'), one.Description),
  subnet: one.SubnetId ?? '',
  addresses: [
    ...(one.PrivateIpAddresses ?? []).map(({ PrivateIpAddress }) => PrivateIpAddress),
    ...(one.Ipv6Addresses ?? []).map(({ Ipv6Address }) => Ipv6Address),
  ].filter((address) => address !== undefined),
  groups: (one.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
  publicAddress: one.Association?.PublicIp !== undefined,
});

const subnetOf = (
  subnet: Ec2Subnet,
  acls: readonly Ec2Acl[],
  { routeTables }: Pick<Description, 'routeTables'>,
): Subnet => {
  const id = subnet.SubnetId ?? '';
  const ownTable = routeTables.find(({ Associations }) =>
    Associations?.some(({ SubnetId }) => SubnetId === id),
  );
  const mainTable = routeTables.find(({ Associations }) => Associations?.some(({ Main }) => Main));
  const tier = tag(subnet.Tags, 'aws-cdk:subnet-name');
  return {
    ...named(id, tag(subnet.Tags, 'Name')),
    cidrs: [
      subnet.CidrBlock,
      ...(subnet.Ipv6CidrBlockAssociationSet ?? []).map(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
    ].filter((cidr) => cidr !== undefined),
    acl:
      acls.find(({ Associations }) => Associations?.some(({ SubnetId }) => SubnetId === id))?.NetworkAclId ??
      '',
    routeTable: (ownTable ?? mainTable)?.RouteTableId ?? '',
    ...(subnet.AvailabilityZone !== undefined && { zone: subnet.AvailabilityZone }),
    ...(tier !== undefined && { tier }),
  };
};

/** `Interface for NAT Gateway nat-…` is what EC2 itself writes there. */
const natOf = ({ Description: text, SubnetId }: Ec2Interface) => {
  const id = /^Interface for NAT Gateway (\S+)/.exec(text ?? '')?.[1];
  return id !== undefined && SubnetId !== undefined ? [{ id, subnet: SubnetId }] : [];
};

/** The network that EC2 describes. */
export const networkOf = (description: Description): Network => {
  const { vpc, subnets, interfaces, groups, acls, routeTables, prefixLists } = description;
  const tables = routeTables.map((table) => ({
    ...named(table.RouteTableId, tag(table.Tags, 'Name')),
    ...(table.Associations?.some(({ Main }) => Main) && { main: true as const }),
    routes: (table.Routes ?? []).map(routeOf),
  }));
  const local = tables.flatMap(({ routes }) => routes).filter(({ kind }) => kind === 'local');
  return {
    id: vpc,
    // The VPC's own routes are its ranges, in every table.
    cidrs: [
      ...new Set(local.flatMap(({ destination }) => ('cidr' in destination ? [destination.cidr] : []))),
    ],
    subnets: subnets.map((subnet) => subnetOf(subnet, acls, { routeTables })),
    interfaces: interfaces.map(interfaceOf),
    groups: groups.map((group) => ({
      ...named(group.GroupId, tag(group.Tags, 'Name'), group.GroupName),
      ingress: rulesOf(group.IpPermissions, group.OwnerId),
      egress: rulesOf(group.IpPermissionsEgress, group.OwnerId),
    })),
    acls: acls.map((acl) => ({
      ...named(acl.NetworkAclId, tag(acl.Tags, 'Name'), acl.IsDefault ? 'default' : undefined),
      entries: (acl.Entries ?? []).map(entryOf),
    })),
    routeTables: tables,
    prefixLists: prefixLists.map((list) => ({
      ...named(list.PrefixListId, list.PrefixListName),
      cidrs: list.cidrs,
    })),
    natGateways: interfaces.flatMap(natOf),
  };
};
