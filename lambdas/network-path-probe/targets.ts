/** Who talks to whom: the clients, and what of a dependency stands in the network. */
import { failed, type Outcome, succeeded } from '../../core/checks/index.ts';
import {
  called,
  type Endpoint,
  endpointOf,
  familyOf,
  holds,
  type Network,
  type NetworkInterface,
  pointsIn,
} from '../../core/network/index.ts';

/** A dependency as the settings name it. */
export interface Wanted {
  host: string;
  port: number;
  /** The group that its interfaces carry, where they are ours. */
  group?: string | undefined;
  /** Whether its name is known to lead into the VPC, although it cannot be resolved from outside. */
  discovered: boolean;
}

/** Alternatives: the path is open when it is open to one of each list. */
export type Targets = Endpoint[][];

/** So many addresses of one name are looked at; a name with more is spread over the same networks. */
const mostAddresses = 4;

/** The first of those that are alike: same subnet, same groups. */
const distinct = (interfaces: readonly NetworkInterface[]): NetworkInterface[] => {
  const kinds = new Map<string, NetworkInterface>();
  for (const one of interfaces) {
    const kind = `${one.subnet} ${[...one.groups].sort()} ${one.publicAddress}`;
    if (!kinds.has(kind)) kinds.set(kind, one);
  }
  return [...kinds.values()];
};

/**
 * The clients: in each of their subnets what carries their group, alike interfaces once; where nothing stands
 * yet, what would be put there.
 */
export const clientsOf = (network: Network, subnets: readonly string[], group: string): Endpoint[] =>
  subnets.flatMap((id): Endpoint[] => {
    const subnet = network.subnets.find((candidate) => candidate.id === id);
    if (!subnet) return [];
    const there = network.interfaces.filter((one) => one.subnet === id && one.groups.includes(group));
    if (there.length > 0) return distinct(there).map((one) => endpointOf(one, group));
    const addresses = subnet.cidrs.flatMap((cidr) => pointsIn(network, cidr).slice(0, 1));
    return [{ label: `a client in ${called(subnet)}`, addresses, subnet: id, groups: [group] }];
  });

/** Addresses that say nothing about the network: of the machine itself, or of nothing. */
const meaningless = ['127.0.0.0/8', '0.0.0.0/8', '169.254.0.0/16', '::1/128', 'fe80::/10'];

const isMeaningless = (address: string): boolean => meaningless.some((range) => holds(range, address));

/** An upstream whose place is not known: anywhere in the clients' subnets, behind a group of its own. */
const somewhere = (network: Network, host: string, subnets: readonly string[]): Targets => [
  network.subnets
    .filter(({ id }) => subnets.includes(id))
    .flatMap((subnet) =>
      subnet.cidrs.flatMap((cidr) =>
        pointsIn(network, cidr).map((address) => ({
          label: `${host} in ${called(subnet)}`,
          addresses: [address],
          subnet: subnet.id,
        })),
      ),
    ),
];

/** What stands at an address: an interface of ours, something of the VPC, or something outside. */
const atAddress = (network: Network, host: string, address: string, group: string | undefined): Endpoint => {
  const found = network.interfaces.find(({ addresses }) => addresses.includes(address));
  if (found) return { ...endpointOf(found, group), addresses: [address] };
  const subnet = network.subnets.find(({ cidrs }) => cidrs.some((cidr) => holds(cidr, address)));
  if (subnet) return { label: host, addresses: [address], subnet: subnet.id };
  // The addresses of a name outside change; a rule for one of them would not last.
  return { label: host, addresses: [address], ranges: ['0.0.0.0/0', '::/0'] };
};

/** Addresses of a family that the clients have; all of them where there is none. */
const usable = (addresses: readonly string[], clients: readonly Endpoint[]): string[] => {
  const families = new Set(clients.flatMap((client) => client.addresses.map(familyOf)));
  const fitting = addresses.filter((address) => families.has(familyOf(address)));
  return (fitting.length > 0 ? fitting : addresses).slice(0, mostAddresses);
};

/**
 * What stands for a dependency.
 * @param addresses those of its name, as seen from outside the VPC; none where the name is unknown there
 */
export const targetsOf = (
  network: Network,
  wanted: Wanted,
  addresses: readonly string[],
  clients: readonly Endpoint[],
  clientSubnets: readonly string[],
): Outcome<Targets> => {
  const { host, group } = wanted;
  const known = usable(
    addresses.filter((address) => !isMeaningless(address)),
    clients,
  );
  const inVpc = known.filter((address) => network.cidrs.some((cidr) => holds(cidr, address)));
  if (group !== undefined) {
    const byGroup = network.interfaces.filter(({ groups }) => groups.includes(group));
    const byAddress = network.interfaces.filter((one) =>
      one.addresses.some((address) => inVpc.includes(address)),
    );
    const ends = distinct([...byGroup, ...byAddress]).map((one) => endpointOf(one, group));
    if (ends.length > 0) return succeeded(ends.map((end) => [end]));
    const address = inVpc[0] === undefined ? '' : ` or has the address ${inVpc[0]}`;
    return failed(
      'HOST_UNREACHABLE',
      `no network interface of ${network.id} carries ${group}${address}: ${host} is gone, or carries another group`,
      { vpc: network.id, group, addresses: known },
    );
  }
  if (wanted.discovered || known.length === 0) return succeeded(somewhere(network, host, clientSubnets));
  return succeeded(known.map((address) => [atAddress(network, host, address, group)]));
};
