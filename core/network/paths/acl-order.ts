/** Which entry of a network ACL decides, and where a new one would have to stand. */
import { holds } from './address.ts';
import {
  type AclEntry,
  allPorts,
  type Direction,
  type NetworkAcl,
  type Ports,
  type Protocol,
} from './model.ts';
import { lastEntry } from './words.ts';

/** Ports of the wanted range for which one entry decides. */
export interface Decision {
  ports: Ports;
  entry: AclEntry;
}

const overlap = (one: Ports, other: Ports): Ports | undefined => {
  const ports = { from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) };
  return ports.from <= ports.to ? ports : undefined;
};

const without = (whole: Ports, part: Ports): Ports[] =>
  [
    { from: whole.from, to: part.from - 1 },
    { from: part.to + 1, to: whole.to },
  ].filter(({ from, to }) => from <= to);

/** Denies what is left, as EC2's own entry `*` does; also where a template or an answer leaves it out. */
const denyTheRest = (direction: Direction, address: string): AclEntry => ({
  number: lastEntry,
  direction,
  action: 'deny',
  protocol: 'all',
  cidr: address.includes(':') ? '::/0' : '0.0.0.0/0',
  ports: allPorts,
});

/** What an ACL decides for a range of ports, each port by the entry with the lowest number that matches it. */
export const decide = (
  { entries }: NetworkAcl,
  direction: Direction,
  traffic: { protocol: Protocol; address: string; ports: Ports },
): Decision[] => {
  const matching = entries
    .filter((entry) => entry.direction === direction && entry.number < lastEntry)
    .filter(({ protocol }) => protocol === 'all' || protocol === traffic.protocol)
    .filter(({ cidr }) => holds(cidr, traffic.address))
    .sort((one, other) => one.number - other.number);
  let left: Ports[] = [traffic.ports];
  const decisions: Decision[] = [];
  for (const entry of [...matching, denyTheRest(direction, traffic.address)]) {
    const next: Ports[] = [];
    for (const ports of left) {
      const decided = overlap(ports, entry.ports);
      if (decided) decisions.push({ ports: decided, entry });
      next.push(...(decided ? without(ports, decided) : [ports]));
    }
    left = next;
  }
  return decisions;
};

/**
 * A free number for an entry that is to win over one that denies, and over nothing else. After the last entry
 * where only `*` denies; else the highest one before, as long as no denial of the same packets lies between.
 */
export const numberBefore = (
  { entries }: NetworkAcl,
  denying: AclEntry,
  wanted: AclEntry,
): number | undefined => {
  const same = entries.filter((entry) => entry.direction === denying.direction && entry.number < lastEntry);
  const taken = new Set(same.map(({ number }) => number));
  if (denying.number >= lastEntry) {
    const next = (Math.floor(Math.max(90, ...taken) / 10) + 1) * 10;
    if (next < lastEntry) return next;
  }
  let number = denying.number - 1;
  while (taken.has(number)) number -= 1;
  const overtaken = same.some(
    (entry) =>
      entry.action === 'deny' &&
      entry.number > number &&
      entry.number < denying.number &&
      (holds(entry.cidr, wanted.cidr) || holds(wanted.cidr, entry.cidr)) &&
      overlap(entry.ports, wanted.ports) !== undefined,
  );
  return number >= 1 && !overtaken ? number : undefined;
};
