import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  applyChange,
  type Change,
  commandOf,
  type Endpoint,
  endpointOf,
  evaluatePath,
  evaluatePaths,
  holds,
  type Network,
  type PathVerdict,
  type Subnet,
} from '../../../../core/network/index.ts';
import { networks, outside } from './random-network.ts';

const ports = [443, 5432];

interface Triple {
  from: Endpoint;
  to: Endpoint;
  port: number;
}

/** Every pair of two ends of which one is in the VPC, on every port. */
const triplesOf = (network: Network): Triple[] => {
  const ends: Endpoint[] = [...network.interfaces.map((one) => endpointOf(one)), ...outside];
  return ends.flatMap((from) =>
    ends
      .filter((to) => to !== from && (from.subnet ?? to.subnet) !== undefined)
      .flatMap((to) => ports.map((port) => ({ from, to, port }))),
  );
};

const judge = (network: Network, { from, to, port }: Triple): PathVerdict =>
  evaluatePath(network, from, to, { protocol: 'tcp', port });

const isOpen = (network: Network, triple: Triple): boolean => judge(network, triple).state === 'open';

const nameOf = ({ from, to, port }: Triple): string => `${from.label} -> ${to.label} ${port}`;

const changesOf = ({ findings }: PathVerdict): Change[] => findings.flatMap(({ change }) => change ?? []);

const applied = (network: Network, changes: readonly Change[]): Network =>
  changes.reduce((before, change) => applyChange(before, change), network);

/** A network, one of its closed paths, and the changes that are proposed for it. */
interface Repair {
  network: Network;
  wanted: Triple;
  changes: Change[];
  repaired: Network;
}

/** Repairs of random networks for which every finding has a change. */
const repairs = (isolated: boolean, more: { openAcls?: true } = {}): fc.Arbitrary<Repair> =>
  fc
    .tuple(networks({ places: 4, isolated, ...more }), fc.nat())
    .map(([network, seed]) => {
      const closed = triplesOf(network).filter((triple) => !isOpen(network, triple));
      const wanted = closed[seed % closed.length];
      const verdict = wanted && judge(network, wanted);
      if (!wanted || !verdict?.findings.every(({ change }) => change)) return undefined;
      const changes = changesOf(verdict);
      return { network, wanted, changes, repaired: applied(network, changes) };
    })
    .filter((repair) => repair !== undefined);

const opened = ({ network, repaired }: Repair): Triple[] =>
  triplesOf(network).filter((triple) => !isOpen(network, triple) && isOpen(repaired, triple));

const subnetOf = (network: Network, end: Endpoint): Subnet | undefined =>
  network.subnets.find(({ id }) => id === end.subnet);

const addressOf = ({ addresses: [address = ''] }: Endpoint): string => address;

/** Whether a change is about packets of this triple at all: its group, entry or route meets one of them. */
const concerns = (network: Network, change: Change, { from, to, port }: Triple): boolean => {
  const nats = network.natGateways.flatMap(({ subnet }) => network.subnets.filter(({ id }) => id === subnet));
  const at = (end: Endpoint): (Subnet | undefined)[] => [subnetOf(network, end), ...nats];
  const both = [
    { here: from, there: to },
    { here: to, there: from },
  ];
  switch (change.kind) {
    case 'add a group rule': {
      const [here, there] = change.direction === 'egress' ? [from, to] : [to, from];
      const { peer } = change.rule;
      const meant =
        'group' in peer
          ? there.groups?.includes(peer.group)
          : 'cidr' in peer && holds(peer.cidr, addressOf(there));
      return (
        change.rule.ports.from === port && here.groups?.includes(change.group) === true && meant === true
      );
    }
    case 'add an ACL entry':
      return both.some(
        ({ here, there }) =>
          at(here).some((subnet) => subnet?.acl === change.acl) &&
          [addressOf(here), addressOf(there)].some((address) => holds(change.entry.cidr, address)),
      );
    default: {
      const { destination } = change.route;
      return both.some(
        ({ here, there }) =>
          at(here).some((subnet) => subnet?.routeTable === change.routeTable) &&
          'cidr' in destination &&
          holds(destination.cidr, addressOf(there)),
      );
    }
  }
};

const runs = { numRuns: 100 };

describe('the changes that are proposed for a closed path', () => {
  test('open it', () => {
    fc.assert(
      fc.property(fc.oneof(repairs(true), repairs(false)), ({ wanted, repaired, changes }) => {
        expect([judge(repaired, wanted).findings, changes.length > 0]).toEqual([[], true]);
      }),
      runs,
    );
  });

  test('open nothing between any others, where each interface has rules, entries and routes of its own', () => {
    fc.assert(
      fc.property(repairs(true), (repair) => {
        const pair = [repair.wanted.from.label, repair.wanted.to.label].sort();
        for (const { from, to } of opened(repair)) expect([from.label, to.label].sort()).toEqual(pair);
      }),
      runs,
    );
  });

  test('open exactly the wanted port one way, where they are rules of groups: entries and routes know no single port', () => {
    fc.assert(
      fc.property(repairs(true, { openAcls: true }), (repair) => {
        const { changes } = repair;
        fc.pre(changes.every(({ kind }) => kind === 'add a group rule'));
        expect(opened(repair).map(nameOf)).toEqual([nameOf(repair.wanted)]);
      }),
      runs,
    );
  });

  test('where interfaces share them, open only what their own group, entry or route is about', () => {
    fc.assert(
      fc.property(repairs(false), (repair) => {
        const { network, changes } = repair;
        for (const triple of opened(repair)) {
          const reason = changes.find((change) => concerns(network, change, triple));
          expect([nameOf(triple), reason]).toEqual([nameOf(triple), expect.anything()]);
        }
      }),
      runs,
    );
  });

  test('close nothing', () => {
    fc.assert(
      fc.property(fc.oneof(repairs(true), repairs(false)), ({ network, repaired }) => {
        for (const triple of triplesOf(network))
          if (isOpen(network, triple)) expect(isOpen(repaired, triple)).toBe(true);
      }),
      runs,
    );
  });

  test('are all needed: without any one of them the path stays closed', () => {
    fc.assert(
      fc.property(repairs(true), ({ network, wanted, changes }) => {
        for (const left of changes) {
          const others = changes.filter((change) => change !== left);
          expect(isOpen(applied(network, others), wanted)).toBe(false);
        }
      }),
      runs,
    );
  });

  test('never give two entries of one ACL the same number', () => {
    fc.assert(
      fc.property(fc.oneof(repairs(true), repairs(false)), ({ repaired }) => {
        for (const { entries } of repaired.acls) {
          const numbers = entries.map(({ direction, number }) => `${direction} ${number}`);
          expect(new Set(numbers).size).toBe(numbers.length);
          for (const { number } of entries) expect(number >= 1 && number < 32_767).toBe(true);
        }
      }),
      runs,
    );
  });

  test('for several clients and targets together open every pair that a change can open', () => {
    fc.assert(
      fc.property(networks({ places: 4, isolated: false }), (network) => {
        const ends = network.interfaces.map((one) => endpointOf(one));
        const [clients, targets] = [ends.slice(0, 4), ends.slice(4)];
        const verdict = evaluatePaths(network, clients, targets, { protocol: 'tcp', port: 5432 });
        const repaired = applied(network, verdict.changes);
        const again = evaluatePaths(repaired, clients, targets, { protocol: 'tcp', port: 5432 });
        // What is left is what no single change can open.
        expect(again.findings.filter(({ change }) => change)).toEqual([]);
        expect(new Set(verdict.changes.map(commandOf)).size).toBe(verdict.changes.length);
      }),
      runs,
    );
  });
});
