/** The few addresses that stand for all of a range: where some rule begins or ends, and their neighbours. */
import { addressText, parseRange } from './address.ts';
import type { GroupRule, Network } from './model.ts';

export const everyRule = ({ groups }: Network): GroupRule[] =>
  groups.flatMap(({ ingress, egress }) => [...ingress, ...egress]);

/** Every range that a rule, an entry, a route or a prefix list of the network names. */
const mentioned = (network: Network): string[] => [
  ...everyRule(network).flatMap(({ peer }) => ('cidr' in peer ? [peer.cidr] : [])),
  ...network.acls.flatMap(({ entries }) => entries.map(({ cidr }) => cidr)),
  ...network.routeTables
    .flatMap(({ routes }) => routes)
    .flatMap(({ destination }) => ('cidr' in destination ? [destination.cidr] : [])),
  ...network.prefixLists.flatMap(({ cidrs }) => cidrs),
];

/** The first addresses of a subnet are EC2's own. */
export const reservedAddresses = 4n;

/**
 * Addresses of a range of which every other one is treated like the next lower: the first that EC2 gives away,
 * and those at which any rule begins or has ended.
 */
export const pointsIn = (network: Network, range: string): string[] => {
  const { family, first, last } = parseRange(range);
  const begin = first + reservedAddresses <= last ? first + reservedAddresses : first;
  const edges = mentioned(network)
    .map(parseRange)
    .filter((each) => each.family === family)
    .flatMap((each) => [each.first, each.last + 1n])
    .filter((value) => value > begin && value <= last);
  return [...new Set([begin, ...edges])].map((value) => addressText(value, family));
};
