/**
 * A network as it is, in neither EC2's words nor a template's: what both readers give and the evaluator takes.
 * Everything belongs to one VPC; what is outside of it is known by its addresses only.
 */

export interface Named {
  id: string;
  /** The tag Name, or the name that it was given. */
  name?: string;
}

/** A protocol by its name (`tcp`), else by its number; `all` stands for every one. */
export type Protocol = 'all' | 'tcp' | 'udp' | (string & {});

export interface Ports {
  from: number;
  to: number;
}

export const allPorts: Ports = { from: 0, to: 65_535 };

export interface Subnet extends Named {
  /** IPv4 range, then the IPv6 ones. */
  cidrs: string[];
  acl: string;
  /** Its own table, or the main one where it is associated with none. */
  routeTable: string;
  zone?: string;
  /** What the subnets of one kind are called together: `client`, `data`. */
  tier?: string;
}

export interface NetworkInterface extends Named {
  subnet: string;
  /** Private addresses of both families. */
  addresses: string[];
  groups: string[];
  /** Whether it has a public IPv4 address. */
  publicAddress: boolean;
}

export type GroupPeer =
  | { cidr: string }
  /** Interfaces that carry a group; of another account where one is given. */
  | { group: string; account?: string; peeringDeleted?: true }
  | { prefixList: string };

/** A rule of a security group. There are only rules that admit. */
export interface GroupRule {
  protocol: Protocol;
  ports: Ports;
  peer: GroupPeer;
}

export interface SecurityGroup extends Named {
  ingress: GroupRule[];
  egress: GroupRule[];
}

export type Direction = 'ingress' | 'egress';

export interface AclEntry {
  /** 1 to 32766; 32767 is the entry `*` that denies what no other entry has decided. */
  number: number;
  direction: Direction;
  action: 'allow' | 'deny';
  protocol: Protocol;
  cidr: string;
  ports: Ports;
}

export interface NetworkAcl extends Named {
  entries: AclEntry[];
}

/** What a route leads to. */
export type RouteKind =
  | 'local'
  | 'nat'
  | 'internet'
  | 'egress-only'
  | 'endpoint'
  | 'peering'
  | 'transit'
  | 'vpn'
  | 'interface'
  | 'other';

export interface Route {
  destination: { cidr: string } | { prefixList: string };
  kind: RouteKind;
  /** Id of what it leads to; `local` for the VPC itself. */
  target: string;
  /** What it leads to is gone: packets are dropped. */
  blackhole?: true;
  /** Learned from a virtual private gateway. */
  propagated?: true;
}

export interface RouteTable extends Named {
  main?: true;
  routes: Route[];
}

export interface PrefixList extends Named {
  cidrs: string[];
}

export interface NatGateway {
  id: string;
  subnet: string;
}

export interface Network {
  /** Id of the VPC. */
  id: string;
  /** Its ranges of both families. */
  cidrs: string[];
  subnets: Subnet[];
  interfaces: NetworkInterface[];
  groups: SecurityGroup[];
  acls: NetworkAcl[];
  routeTables: RouteTable[];
  prefixLists: PrefixList[];
  natGateways: NatGateway[];
}

/** Names of the protocols that EC2 and CloudFormation write as numbers (IANA). */
const protocols: Record<string, Protocol> = {
  '-1': 'all',
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmpv6',
};

/** A protocol as EC2 or a template writes it, under the one name that is used here. */
export const protocolOf = (text: string | number | undefined): Protocol => {
  const name = String(text ?? '-1').toLowerCase();
  return protocols[name] ?? name;
};

/**
 * Ports as rules and entries carry them. Only tcp and udp have ports: a rule for all protocols, or for another
 * one, is about everything whatever ports stand beside it. None, and -1, stand for all.
 */
export const portsOf = (protocol: Protocol, from: unknown, to: unknown): Ports =>
  (protocol !== 'tcp' && protocol !== 'udp') || from === undefined || Number(from) === -1
    ? allPorts
    : { from: Number(from), to: Number(to ?? from) };
