/** Changes of a network, each as data, as a command, and as what becomes of the network. */
import { familyOf } from './address.ts';
import type { AclEntry, Direction, GroupRule, Network, Route, RouteKind } from './model.ts';
import { destinationText } from './words.ts';

export type Change =
  | { kind: 'add a group rule'; group: string; direction: Direction; rule: GroupRule }
  | { kind: 'add an ACL entry'; acl: string; entry: AclEntry }
  | { kind: 'add a route' | 'replace a route'; routeTable: string; route: Route }
  | { kind: 'delete a route'; routeTable: string; route: Route };

const sameDestination = (one: Route, other: Route): boolean =>
  destinationText(one) === destinationText(other);

const changedItem = <T extends { id: string }>(list: T[], id: string, change: (item: T) => T): T[] =>
  list.map((item) => (item.id === id ? change(item) : item));

/** The network after a change; the given one stays as it is. */
export const applyChange = (network: Network, change: Change): Network => {
  switch (change.kind) {
    case 'add a group rule':
      return {
        ...network,
        groups: changedItem(network.groups, change.group, (group) => ({
          ...group,
          [change.direction]: [...group[change.direction], change.rule],
        })),
      };
    case 'add an ACL entry':
      return {
        ...network,
        acls: changedItem(network.acls, change.acl, (acl) => ({
          ...acl,
          entries: [...acl.entries, change.entry],
        })),
      };
    default: {
      const { kind, routeTable, route } = change;
      const kept = (routes: Route[]) => routes.filter((other) => !sameDestination(other, route));
      return {
        ...network,
        routeTables: changedItem(network.routeTables, routeTable, (table) => ({
          ...table,
          routes: kind === 'delete a route' ? kept(table.routes) : [...kept(table.routes), route],
        })),
      };
    }
  }
};

const peerArgument = ({ peer }: GroupRule): string => {
  if ('group' in peer) return `UserIdGroupPairs=[{GroupId=${peer.group}}]`;
  if ('prefixList' in peer) return `PrefixListIds=[{PrefixListId=${peer.prefixList}}]`;
  return familyOf(peer.cidr) === 4
    ? `IpRanges=[{CidrIp=${peer.cidr}}]`
    : `Ipv6Ranges=[{CidrIpv6=${peer.cidr}}]`;
};

/** Options of `create-route` by what the route leads to. */
const targetOptions: Partial<Record<RouteKind, string>> = {
  nat: '--nat-gateway-id',
  internet: '--gateway-id',
  'egress-only': '--egress-only-internet-gateway-id',
  peering: '--vpc-peering-connection-id',
  transit: '--transit-gateway-id',
  vpn: '--gateway-id',
  interface: '--network-interface-id',
  endpoint: '--vpc-endpoint-id',
};

const destinationArgument = ({ destination }: Route): string => {
  if ('prefixList' in destination) return `--destination-prefix-list-id ${destination.prefixList}`;
  const option =
    familyOf(destination.cidr) === 4 ? '--destination-cidr-block' : '--destination-ipv6-cidr-block';
  return `${option} ${destination.cidr}`;
};

const groupCommand = (group: string, direction: Direction, rule: GroupRule): string => {
  const { protocol, ports } = rule;
  const permission = `IpProtocol=${protocol},FromPort=${ports.from},ToPort=${ports.to},${peerArgument(rule)}`;
  return `aws ec2 authorize-security-group-${direction} --group-id ${group} --ip-permissions '${permission}'`;
};

const entryCommand = (acl: string, { number, direction, action, protocol, cidr, ports }: AclEntry): string =>
  [
    `aws ec2 create-network-acl-entry --network-acl-id ${acl} --${direction} --rule-number ${number}`,
    `--protocol ${protocol} --port-range From=${ports.from},To=${ports.to}`,
    `--${familyOf(cidr) === 4 ? 'cidr-block' : 'ipv6-cidr-block'} ${cidr} --rule-action ${action}`,
  ].join(' ');

/** The change as one command of the AWS command line. */
export const commandOf = (change: Change): string => {
  switch (change.kind) {
    case 'add a group rule':
      return groupCommand(change.group, change.direction, change.rule);
    case 'add an ACL entry':
      return entryCommand(change.acl, change.entry);
    default: {
      const { kind, routeTable, route } = change;
      const verb = { 'add a route': 'create', 'replace a route': 'replace', 'delete a route': 'delete' }[
        kind
      ];
      const table = `aws ec2 ${verb}-route --route-table-id ${routeTable} ${destinationArgument(route)}`;
      return kind === 'delete a route' ? table : `${table} ${targetOptions[route.kind]} ${route.target}`;
    }
  }
};
