/** The few ports and addresses outside that stand for all others. */
import type { Flow } from '../flows.ts';
import { type Endpoint, everyRule, holds, type Network, pointsIn } from '../paths/index.ts';

/** Ports of which every other one is treated like the next lower. */
export const portPoints = (network: Network, flows: readonly Flow[]): number[] => {
  const edges = [
    ...everyRule(network).flatMap(({ ports: { from, to } }) => [from, to + 1]),
    ...network.acls.flatMap(({ entries }) => entries).flatMap(({ ports: { from, to } }) => [from, to + 1]),
    ...flows.flatMap(({ port }) => [port, port + 1]),
  ];
  return [...new Set([1, ...edges])].filter((port) => port >= 1 && port <= 65_535).sort((a, b) => a - b);
};

/** IPv4 addresses outside the VPC, one for each stretch that all rules treat alike. */
export const outsidePoints = (network: Network): Endpoint[] => {
  const lists = network.prefixLists.flatMap(({ cidrs }) => cidrs);
  return pointsIn(network, '0.0.0.0/0')
    .filter((address) => !network.cidrs.some((cidr) => holds(cidr, address)))
    .map((address) => ({
      label: 'an address outside',
      addresses: [address],
      ranges: [lists.find((range) => holds(range, address)) ?? '0.0.0.0/0'],
    }));
};
