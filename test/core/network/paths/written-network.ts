/** A small network, and the notation of the AWS console in which tests write what is different in it. */
import {
  type AclEntry,
  type Direction,
  type GroupPeer,
  type GroupRule,
  type Network,
  portsOf,
  protocolOf,
  type Route,
  type RouteKind,
} from '../../../../core/network/index.ts';

/** `tcp/5432`, `udp/1024-65535`, `all`. */
const trafficIn = (text: string) => {
  const [name, written] = text.split('/');
  const [from, to] = written?.split('-') ?? [];
  const protocol = protocolOf(name);
  return { protocol, ports: portsOf(protocol, from, to) };
};

/** `100 deny tcp/5432 10.0.1.0/24`. */
export const entry = (direction: Direction, text: string): AclEntry => {
  const [number, action, traffic = '', cidr = ''] = text.split(' ');
  return {
    number: number === '*' ? 32_767 : Number(number),
    direction,
    action: action === 'allow' ? 'allow' : 'deny',
    cidr,
    ...trafficIn(traffic),
  };
};

const peerIn = (text: string): GroupPeer => {
  if (text.startsWith('pl-')) return { prefixList: text };
  if (/^[0-9a-f.:]+\/\d{1,3}$/.test(text)) return { cidr: text };
  const [account, group = ''] = text.split('/');
  return text.includes('/') ? { group, account: account ?? '' } : { group: text };
};

/** `tcp/5432 from sg-client`, `all to 0.0.0.0/0`, `tcp/5432 from 111122223333/sg-other`. */
export const rule = (text: string): GroupRule => {
  const [traffic = '', , peer = ''] = text.split(' ');
  return { ...trafficIn(traffic), peer: peerIn(peer) };
};

const kinds: [string, RouteKind][] = [
  ['local', 'local'],
  ['nat-', 'nat'],
  ['igw-', 'internet'],
  ['eigw-', 'egress-only'],
  ['pcx-', 'peering'],
  ['tgw-', 'transit'],
  ['vgw-', 'vpn'],
  ['vpce-', 'endpoint'],
  ['eni-', 'interface'],
];

/** `0.0.0.0/0 -> nat-1`, with `(blackhole)` or `(propagated)` behind it. */
export const route = (text: string): Route => {
  const [destination = '', , target = '', mark] = text.split(' ');
  return {
    destination: destination.startsWith('pl-') ? { prefixList: destination } : { cidr: destination },
    kind: kinds.find(([start]) => target.startsWith(start))?.[1] ?? 'other',
    target,
    ...(mark === '(blackhole)' && { blackhole: true }),
    ...(mark === '(propagated)' && { propagated: true }),
  };
};

const local = ['10.0.0.0/16 -> local', 'fd00:10::/56 -> local'];
const openBothWays = (['ingress', 'egress'] as const).flatMap((direction) => [
  entry(direction, '100 allow all 0.0.0.0/0'),
  entry(direction, '101 allow all ::/0'),
]);

/**
 * Two client subnets, one for data, one public, each with a route table; the data subnet has an ACL of its own.
 * The clients reach the database on 5432 and everything on 443, and nothing else passes.
 */
export const written = (): Network => ({
  id: 'vpc-1',
  cidrs: ['10.0.0.0/16', 'fd00:10::/56'],
  subnets: [
    {
      ...{ id: 'subnet-a', name: 'client a', cidrs: ['10.0.1.0/24', 'fd00:10:0:1::/64'], zone: 'az-a' },
      ...{ acl: 'acl-open', routeTable: 'rtb-a' },
    },
    {
      ...{ id: 'subnet-b', name: 'client b', cidrs: ['10.0.2.0/24', 'fd00:10:0:2::/64'], zone: 'az-b' },
      ...{ acl: 'acl-open', routeTable: 'rtb-b' },
    },
    {
      ...{ id: 'subnet-data', cidrs: ['10.0.3.0/24', 'fd00:10:0:3::/64'], zone: 'az-a', tier: 'data' },
      ...{ acl: 'acl-data', routeTable: 'rtb-data' },
    },
    {
      ...{ id: 'subnet-public', cidrs: ['10.0.9.0/24', 'fd00:10:0:9::/64'], zone: 'az-a', tier: 'public' },
      ...{ acl: 'acl-public', routeTable: 'rtb-public' },
    },
  ],
  interfaces: [
    ['eni-a', 'subnet-a', '10.0.1.10', 'sg-client'],
    ['eni-b', 'subnet-b', '10.0.2.10', 'sg-client'],
    ['eni-db', 'subnet-data', '10.0.3.10', 'sg-db'],
    ['eni-web', 'subnet-public', '10.0.9.10', 'sg-web'],
  ].map(([id = '', subnet = '', address = '', group = '']) => ({
    ...{ id, subnet, addresses: [address], groups: [group], publicAddress: id === 'eni-web' },
  })),
  groups: [
    { id: 'sg-client', ingress: [], egress: [rule('tcp/5432 to sg-db'), rule('tcp/443 to 0.0.0.0/0')] },
    { id: 'sg-db', name: 'database', ingress: [rule('tcp/5432 from sg-client')], egress: [] },
    { id: 'sg-web', ingress: [rule('tcp/443 from 0.0.0.0/0')], egress: [] },
  ],
  acls: [
    { id: 'acl-open', entries: openBothWays },
    { id: 'acl-public', entries: openBothWays },
    {
      id: 'acl-data',
      name: 'data',
      entries: [
        entry('ingress', '100 allow tcp/5432 10.0.1.0/24'),
        entry('ingress', '110 allow tcp/5432 10.0.2.0/24'),
        entry('egress', '100 allow tcp/1024-65535 10.0.1.0/24'),
        entry('egress', '110 allow tcp/1024-65535 10.0.2.0/24'),
        entry('ingress', '* deny all 0.0.0.0/0'),
        entry('egress', '* deny all 0.0.0.0/0'),
      ],
    },
  ],
  routeTables: [
    { id: 'rtb-a', routes: [...local, '0.0.0.0/0 -> nat-1'].map(route) },
    { id: 'rtb-b', routes: [...local, '0.0.0.0/0 -> nat-1'].map(route) },
    { id: 'rtb-data', routes: local.map(route) },
    { id: 'rtb-public', routes: [...local, '0.0.0.0/0 -> igw-1'].map(route) },
    { id: 'rtb-main', main: true, routes: local.map(route) },
  ],
  prefixLists: [{ id: 'pl-office', cidrs: ['192.0.2.0/24', '203.0.113.0/25'] }],
  natGateways: [{ id: 'nat-1', subnet: 'subnet-public' }],
});

type Edit = (network: Network) => Network;

const edited = <T extends { id: string }>(list: T[], id: string, change: (item: T) => T): T[] => {
  if (!list.some((item) => item.id === id)) throw new Error(`The written network has no ${id}.`);
  return list.map((item) => (item.id === id ? change(item) : item));
};

/** Replaces the entries of one direction of an ACL. */
export const entries =
  (acl: string, direction: Direction, ...texts: string[]): Edit =>
  (network) => ({
    ...network,
    acls: edited(network.acls, acl, (one) => ({
      ...one,
      entries: [
        ...one.entries.filter((each) => each.direction !== direction),
        ...texts.map((text) => entry(direction, text)),
      ],
    })),
  });

/** Replaces the rules of one direction of a group. */
export const rules =
  (group: string, direction: Direction, ...texts: string[]): Edit =>
  (network) => ({
    ...network,
    groups: edited(network.groups, group, (one) => ({ ...one, [direction]: texts.map(rule) })),
  });

/** Replaces the routes of a table beside those of the VPC itself. */
export const routes =
  (table: string, ...texts: string[]): Edit =>
  (network) => ({
    ...network,
    routeTables: edited(network.routeTables, table, (one) => ({
      ...one,
      routes: [...local, ...texts].map(route),
    })),
  });

/** Changes an interface or a subnet. */
export const change =
  (kind: 'interfaces' | 'subnets', id: string, members: object): Edit =>
  (network) => ({
    ...network,
    [kind]: edited<{ id: string }>(network[kind], id, (one) => ({ ...one, ...members })),
  });

export const group =
  (id: string, ingress: string[], egress: string[] = []): Edit =>
  (network) => ({
    ...network,
    groups: [...network.groups, { id, ingress: ingress.map(rule), egress: egress.map(rule) }],
  });

export const all =
  (...edits: Edit[]): Edit =>
  (network) =>
    edits.reduce((before, edit) => edit(before), network);
