/** Compares a network with the design: every flow can talk, and nothing else can. */
import type { Flow } from '../flows.ts';
import { type GroupParty, groupParties, hasGroup, type Party, parties } from '../parties.ts';
import {
  called,
  commandOf,
  type Endpoint,
  endpointOf,
  evaluatePath,
  type Network,
  type PathVerdict,
  type Traffic,
} from '../paths/index.ts';
import { outsidePoints, portPoints } from './points.ts';

/** What stands for each party: its interfaces; of a party without a group, addresses that it may have. */
export interface Ends {
  of: ReadonlyMap<Party, readonly Endpoint[]>;
  /** Interfaces that carry the group of no party, or of several. */
  strangers: readonly string[];
}

export interface EndsOptions {
  /** Groups are called by this and their party, as the stack names them: `hokusai-development` and `client`. */
  prefix: string;
}

/** One interface stands for all that have the same groups in the same subnet. */
const distinct = (ends: readonly Endpoint[]): Endpoint[] => [
  ...new Map(ends.map((end) => [`${end.subnet} ${end.groups} ${end.publicAddress}`, end])).values(),
];

/** Finds the ends of every party in a network whose groups are named as the design names them. */
export const endsByParty = (network: Network, { prefix }: EndsOptions): Ends => {
  const groupOf = (party: GroupParty): string | undefined =>
    network.groups.find(({ name }) => name === `${prefix}-${party}`)?.id;
  const groups = groupParties.map((party) => ({ party, id: groupOf(party) }));
  const strangers: string[] = [];
  const of = new Map<Party, Endpoint[]>();
  for (const one of network.interfaces) {
    const [carried, another] = groups.filter(({ id }) => id !== undefined && one.groups.includes(id));
    if (!carried || another) strangers.push(called(one));
    else of.set(carried.party, [...(of.get(carried.party) ?? []), endpointOf(one, carried.id)]);
  }
  for (const [party, ends] of of) of.set(party, distinct(ends));
  // Where the clients stand, as what is neither ours nor outside: its group is none that a rule of ours names.
  const upstreams = (of.get('client') ?? []).map(
    (end): Endpoint => ({
      ...end,
      label: 'an upstream',
      groups: ['a group of others'],
      publicAddress: false,
    }),
  );
  of.set('upstreams', upstreams);
  of.set('internet', outsidePoints(network));
  return { of, strangers };
};

/** Whether the addresses of a party include those of another: outside is everything, upstreams are the VPC. */
const covers = (party: Party, other: Party): boolean =>
  party === other || party === 'internet' || (party === 'upstreams' && other !== 'internet');

/**
 * Whether the design lets a connection pass, flow by flow or taken together: what may reach every address, and
 * what every address may reach, reach each other.
 */
const designed = (flows: readonly Flow[], from: Party, to: Party, port: number): boolean => {
  const onPort = flows.filter((flow) => flow.port === port);
  const out = !hasGroup(from) || onPort.some((flow) => flow.from === from && covers(flow.to, to));
  const into = !hasGroup(to) || onPort.some((flow) => flow.to === to && covers(flow.from, from));
  return out && into;
};

export interface Difference {
  kind: 'closed' | 'open' | 'stranger';
  sentence: string;
  /** The command that would repair it, of a closed flow. */
  fix?: string;
}

const trafficWords = (from: Party, to: Party, { protocol, port }: Traffic): string =>
  `${from} to ${to} on ${protocol}/${port}`;

const closedFlow = ({ from, to, port }: Flow, verdict: PathVerdict): Difference => {
  const [first] = verdict.findings;
  return {
    kind: 'closed',
    sentence: `The design lets ${trafficWords(from, to, { protocol: 'tcp', port })}, and the network does not: ${first?.sentence}`,
    ...(first?.change && { fix: commandOf(first.change) }),
  };
};

const openPair = (from: Party, to: Party, traffic: Traffic, { steps }: PathVerdict): Difference => {
  const admitting = steps.filter((step) => step.startsWith('security group'));
  const by = (admitting.length > 0 ? admitting : steps).join('; ');
  return {
    kind: 'open',
    sentence: `The network lets ${trafficWords(from, to, traffic)}, and no flow of the design does: ${by}`,
  };
};

export interface CompareOptions {
  flows: readonly Flow[];
  ends: Ends;
  /** Whether clients reach all that is outside, or only what gateway endpoints lead to. */
  wayOut: 'anywhere' | 'prefix lists';
}

const closed = (network: Network, { flows, ends, wayOut }: CompareOptions): Difference[] => {
  const known = new Set(network.prefixLists.flatMap(({ cidrs }) => cidrs));
  return flows.flatMap((flow) => {
    const { from, to, port } = flow;
    const [clients, all] = [ends.of.get(from) ?? [], ends.of.get(to) ?? []];
    const targets =
      to === 'internet' && wayOut === 'prefix lists'
        ? all.filter(({ ranges }) => ranges?.some((range) => known.has(range)))
        : all;
    if (clients.length === 0 || targets.length === 0) {
      const missing = clients.length === 0 ? from : to;
      const sentence = `The design lets ${trafficWords(from, to, { protocol: 'tcp', port })}, and nothing in the network stands for ${missing}`;
      return [{ kind: 'closed', sentence } satisfies Difference];
    }
    for (const client of clients)
      for (const target of targets) {
        const verdict = evaluatePath(network, client, target, { protocol: 'tcp', port });
        if (verdict.state !== 'open') return [closedFlow(flow, verdict)];
      }
    return [];
  });
};

const open = (network: Network, { flows, ends, wayOut }: CompareOptions): Difference[] => {
  const known = new Set(network.prefixLists.flatMap(({ cidrs }) => cidrs));
  const ports = portPoints(network, flows);
  const all = Object.keys(parties) as Party[];
  const pairs = all.flatMap((from) => all.map((to) => ({ from, to })));
  const judged = pairs.filter(({ from, to }) => hasGroup(from) || hasGroup(to));
  return judged.flatMap(({ from, to }) =>
    (['tcp', 'udp'] as const).flatMap((protocol) =>
      ports.flatMap((port) => {
        const meant = protocol === 'tcp' && designed(flows, from, to, port);
        if (meant && !(to === 'internet' && wayOut === 'prefix lists')) return [];
        for (const client of ends.of.get(from) ?? [])
          for (const target of ends.of.get(to) ?? []) {
            if (meant && target.ranges?.some((range) => known.has(range))) continue;
            const verdict = evaluatePath(network, client, target, { protocol, port }, { untilBlocked: true });
            if (verdict.state !== 'blocked') return [openPair(from, to, { protocol, port }, verdict)];
          }
        return [];
      }),
    ),
  );
};

/**
 * What differs between a network and the flows of the design. Every flow must pass from each end of its client
 * to each end of its server. Of all other triples of two parties, one of them with a group, and a port none may
 * pass; ports and outside addresses are those at which any rule begins or ends, so that no gap is left out.
 */
export const compareWithFlows = (network: Network, options: CompareOptions): Difference[] => [
  ...options.ends.strangers.map(
    (stranger): Difference => ({
      kind: 'stranger',
      sentence: `${stranger} does not carry the group of exactly one party of the design`,
    }),
  ),
  ...closed(network, options),
  ...open(network, options),
];
