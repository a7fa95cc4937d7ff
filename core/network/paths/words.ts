/** How things of a network are called in sentences. */
import type {
  AclEntry,
  Direction,
  GroupPeer,
  GroupRule,
  Named,
  Network,
  Ports,
  Protocol,
  Route,
  Subnet,
} from './model.ts';
import { allPorts } from './model.ts';

/** The number of the entry that ends every network ACL. */
export const lastEntry = 32_767;

/** An id with the name that people know it by. */
export const called = ({ id, name }: Named): string => (name === undefined ? id : `${id} (${name})`);

export const directionWords = { ingress: 'inbound', egress: 'outbound' } as const satisfies Record<
  Direction,
  string
>;

/** `tcp/5432`, `udp/1024-65535`, `all`. */
export const trafficText = (protocol: Protocol, { from, to }: Ports): string => {
  if (from <= allPorts.from && to >= allPorts.to) return protocol;
  return `${protocol}/${from === to ? from : `${from}-${to}`}`;
};

/** Where a network ACL or a route table applies. */
export const subnetWords = (subnet: Subnet): string =>
  subnet.tier === undefined ? `subnet ${called(subnet)}` : `the ${subnet.tier} subnets`;

export const entryNumber = ({ number }: AclEntry): string => (number >= lastEntry ? '*' : `${number}`);

/** An entry as the console shows it: `100 deny tcp/5432 10.0.0.0/16`. */
export const entryText = (entry: AclEntry): string =>
  `${entryNumber(entry)} ${entry.action} ${trafficText(entry.protocol, entry.ports)} ${entry.cidr}`;

const peerText = (peer: GroupPeer): string => {
  if ('cidr' in peer) return peer.cidr;
  if ('prefixList' in peer) return peer.prefixList;
  return peer.account === undefined ? peer.group : `${peer.account}/${peer.group}`;
};

/** A rule as a person would say it: `tcp/5432 from sg-1`. */
export const ruleText = ({ protocol, ports, peer }: GroupRule, direction: Direction): string =>
  `${trafficText(protocol, ports)} ${direction === 'ingress' ? 'from' : 'to'} ${peerText(peer)}`;

export const destinationText = ({ destination }: Route): string =>
  'cidr' in destination ? destination.cidr : destination.prefixList;

/** A route as the console shows it: `0.0.0.0/0 -> nat-1`. */
export const routeText = (route: Route): string =>
  `${destinationText(route)} -> ${route.target}${route.blackhole ? ' (blackhole)' : ''}`;

/** A group with its name, where the network has it. */
export const groupWords = ({ groups }: Network, id: string): string =>
  `security group ${called(groups.find((group) => group.id === id) ?? { id })}`;
