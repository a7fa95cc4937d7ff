import { alone, type Family, familyOf, holds } from './address.ts';
import type { Network, NetworkInterface, Subnet } from './model.ts';

/** One end of a path. */
export interface Endpoint {
  /** How it is called in a sentence. */
  label: string;
  /** At most one address of each family is looked at: the first. */
  addresses: string[];
  /** Its subnet; absent for what is outside the VPC. */
  subnet?: string;
  /**
   * The groups that it carries, its own first: a missing rule is added to that one. Absent where nobody knows
   * them; they are not judged then, and a rule that names a group may mean it.
   */
  groups?: string[];
  /** Whether it has a public IPv4 address. */
  publicAddress?: boolean;
  /**
   * The ranges that its address may lie in tomorrow: a change is made for all of one. Unless given, the ranges
   * of its subnet; outside the VPC the address alone.
   */
  ranges?: string[];
}

/** An end with the address and the range that a path in one family has there. */
export interface End {
  endpoint: Endpoint;
  address: string;
  range: string;
  subnet: Subnet | undefined;
}

/** The end as it takes part in a path of one family; nothing where it has no address of that family. */
export const endIn = (network: Network, endpoint: Endpoint, family: Family): End | undefined => {
  const address = endpoint.addresses.find((candidate) => familyOf(candidate) === family);
  if (address === undefined) return undefined;
  const subnet = network.subnets.find(({ id }) => id === endpoint.subnet);
  const ranges = endpoint.ranges ?? subnet?.cidrs ?? [];
  const range = ranges.find((candidate) => holds(candidate, address)) ?? alone(address);
  return { endpoint, address, range, subnet };
};

/**
 * A network interface as an end of paths.
 * @param group the group that makes it what it is, to be named and changed first
 */
export const endpointOf = (
  { id, name, subnet, addresses, groups, publicAddress }: NetworkInterface,
  group?: string,
): Endpoint => ({
  label: name === undefined ? id : `${id} (${name})`,
  addresses,
  subnet,
  groups: [...groups].sort((one, other) => Number(other === group) - Number(one === group)),
  publicAddress,
});
