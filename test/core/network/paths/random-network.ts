/** Networks at random: few addresses, ports and rules, so that they collide often. */
import fc from 'fast-check';
import type {
  AclEntry,
  Direction,
  Endpoint,
  GroupPeer,
  GroupRule,
  Network,
  Ports,
  Route,
} from '../../../../core/network/index.ts';

export interface Sizes {
  /** Subnets, each with one interface at least. */
  places: number;
  /** Whether every interface has subnet, ACL, route table and group for itself. */
  isolated: boolean;
  /** ACLs that allow everything, instead of any at all. */
  openAcls?: true;
}

const outsideAddresses = ['203.0.113.9', '198.51.100.1'];
const range = (place: number): string => `10.0.${place}.0/24`;
const address = (place: number, host: number): string => `10.0.${place}.${host}`;

const ports: fc.Arbitrary<Ports> = fc.constantFrom(
  { from: 5432, to: 5432 },
  { from: 443, to: 443 },
  { from: 0, to: 65_535 },
  { from: 1024, to: 65_535 },
  { from: 1024, to: 32_767 },
  { from: 400, to: 6000 },
);
const protocol = fc.constantFrom('tcp', 'all', 'udp');

const cidrs = (places: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.nat(places - 1).map(range),
    fc.nat(places - 1).map((place) => `${address(place, 10)}/32`),
    fc.constantFrom('10.0.0.0/16', '0.0.0.0/0', ...outsideAddresses.map((each) => `${each}/32`)),
  );

const rule = (groups: readonly string[], places: number): fc.Arbitrary<GroupRule> => {
  const peer: fc.Arbitrary<GroupPeer> = fc.oneof(
    fc.constantFrom(...groups).map((group) => ({ group })),
    cidrs(places).map((cidr) => ({ cidr })),
  );
  return fc.record({ protocol, ports, peer });
};

const entryList = (direction: Direction, places: number): fc.Arbitrary<AclEntry[]> =>
  fc.uniqueArray(
    fc.record({
      number: fc.integer({ min: 60, max: 90 }),
      direction: fc.constant(direction),
      action: fc.constantFrom('allow', 'allow', 'deny') as fc.Arbitrary<'allow' | 'deny'>,
      protocol,
      cidr: cidrs(places),
      ports,
    }),
    { selector: ({ number }) => number, maxLength: 5 },
  );

const everything = (direction: Direction): AclEntry[] => [
  {
    ...{ number: 100, direction, action: 'allow', protocol: 'all', cidr: '0.0.0.0/0' },
    ports: { from: 0, to: 65_535 },
  },
];

const local: Route = { destination: { cidr: '10.0.0.0/16' }, kind: 'local', target: 'local' };

const gateway = (isolated: boolean): fc.Arbitrary<Route[]> => {
  const internet: Route = { destination: { cidr: '0.0.0.0/0' }, kind: 'internet', target: 'igw-1' };
  const nat: Route = { destination: { cidr: '0.0.0.0/0' }, kind: 'nat', target: 'nat-1' };
  const gone: Route = { ...nat, target: 'nat-2', blackhole: true };
  const choices: Route[][] = [[], [internet], ...(isolated ? [] : [[nat], [gone]])];
  return fc.constantFrom(...choices);
};

const appliance = (places: number): fc.Arbitrary<Route[]> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Route[]>([]) },
    {
      weight: 1,
      arbitrary: fc.nat(places - 1).map((place): Route[] => [
        {
          destination: { cidr: range(place) },
          kind: 'interface',
          target: 'eni-appliance',
          blackhole: true,
        },
      ]),
    },
  );

/** The `index`-th of something of which there is one for each place, or which all places share. */
const mine = (prefix: string, place: number, isolated: boolean): string =>
  `${prefix}-${isolated ? place : place % 2}`;

export const networks = ({ places, isolated, openAcls }: Sizes): fc.Arbitrary<Network> => {
  const count = isolated ? places : 2;
  const ids = (prefix: string) => Array.from({ length: count }, (_, place) => `${prefix}-${place}`);
  const groups = ids('sg');
  const each = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: count, maxLength: count });
  const rules = fc.array(rule(groups, places), { maxLength: 3 });
  return fc
    .record({
      groupRules: each(fc.record({ ingress: rules, egress: rules })),
      entries: each(
        openAcls
          ? fc.constant((['ingress', 'egress'] as const).map(everything))
          : fc.tuple(entryList('ingress', places), entryList('egress', places)),
      ),
      routes: each(fc.tuple(gateway(isolated), appliance(places))),
      publicly: fc.array(fc.boolean(), { minLength: places, maxLength: places }),
    })
    .map(({ groupRules, entries, routes, publicly }): Network => {
      const seats = Array.from({ length: places }, (_, place) => place);
      const hosts = isolated ? [10] : [10, 11];
      return {
        id: 'vpc-1',
        cidrs: ['10.0.0.0/16'],
        subnets: seats.map((place) => ({
          id: `subnet-${place}`,
          cidrs: [range(place)],
          acl: mine('acl', place, isolated),
          routeTable: mine('rtb', place, isolated),
        })),
        interfaces: seats.flatMap((place) =>
          hosts.map((host) => ({
            id: `eni-${place}-${host}`,
            subnet: `subnet-${place}`,
            addresses: [address(place, host)],
            groups: [mine('sg', place + (host - 10), isolated)],
            publicAddress: publicly[place] ?? false,
          })),
        ),
        groups: groups.map((id, index) => ({ id, ...(groupRules[index] ?? { ingress: [], egress: [] }) })),
        acls: ids('acl').map((id, index) => ({ id, entries: entries[index]?.flat() ?? [] })),
        routeTables: ids('rtb').map((id, index) => ({
          id,
          routes: [local, ...(routes[index]?.flat() ?? [])],
        })),
        prefixLists: [],
        natGateways: isolated ? [] : [{ id: 'nat-1', subnet: 'subnet-0' }],
      };
    });
};

export const outside: Endpoint[] = outsideAddresses.map((each) => ({
  label: `outside ${each}`,
  addresses: [each],
}));
