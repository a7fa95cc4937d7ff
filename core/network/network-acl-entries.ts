import { overlaps, parseCidr } from './cidr.ts';
import type { Flow } from './flows.ts';
import type { Party } from './parties.ts';

/** An entry that allows TCP. What no entry allows, the list denies. */
export interface NetworkAclEntry {
  number: number;
  direction: 'ingress' | 'egress';
  cidr: string;
  fromPort: number;
  toPort: number;
}

/** Ports that a client may open its side of a connection on (Linux uses 32768-60999, Lambda and NAT 1024-65535). */
export const ephemeralPorts = { from: 1024, to: 65535 } as const;

/** Entries that one direction of a network ACL may have (default quota of AWS). */
export const maxEntriesPerDirection = 20;

const inDataSubnets: readonly Party[] = ['database', 'cache'];

/**
 * The entries of the network ACL of the data subnets. Network ACLs keep no state: a flow needs its port
 * inward and the client's ephemeral ports outward. Nothing in the data subnets opens connections itself, so
 * there are no other entries.
 * @throws RangeError when a client range is malformed, overlaps a data range, or more entries than the quota
 * are needed.
 */
export const networkAclEntries = (
  flows: readonly Flow[],
  subnets: { client: readonly string[]; data: readonly string[] },
): NetworkAclEntry[] => {
  for (const data of subnets.data) parseCidr(data);
  for (const client of subnets.client) {
    const shared = subnets.data.find((data) => overlaps(client, data));
    if (shared) {
      throw new RangeError(`Client range ${client} overlaps the data range ${shared}; keep them apart.`);
    }
  }
  const ports = flows
    .filter(({ from, to }) => from === 'client' && inDataSubnets.includes(to))
    .map(({ port }) => port);
  const ingress = [...new Set(ports)].flatMap((port) =>
    subnets.client.map((cidr) => ({ cidr, fromPort: port, toPort: port })),
  );
  const egress = subnets.client.map((cidr) => ({
    cidr,
    fromPort: ephemeralPorts.from,
    toPort: ephemeralPorts.to,
  }));
  for (const [direction, list] of Object.entries({ ingress, egress })) {
    if (list.length > maxEntriesPerDirection) {
      throw new RangeError(
        `The data subnets need ${list.length} ${direction} entries, and a network ACL takes ${maxEntriesPerDirection}; use fewer zones.`,
      );
    }
  }
  const numbered = (direction: 'ingress' | 'egress', list: Omit<NetworkAclEntry, 'number' | 'direction'>[]) =>
    list.map((entry, index): NetworkAclEntry => ({ number: 100 + index * 10, direction, ...entry }));
  return [...numbered('ingress', ingress), ...numbered('egress', egress)];
};
