/** Security groups: stateful, of interfaces, and only ever admitting. */
import { holds } from './address.ts';
import type { End } from './endpoint.ts';
import type { Direction, GroupPeer, GroupRule, Network } from './model.ts';
import { passed, type Step, stopped, type Traffic } from './verdict.ts';
import { called, directionWords, groupWords, ruleText, trafficText } from './words.ts';

const covers = ({ protocol, ports }: GroupRule, traffic: Traffic): boolean =>
  (protocol === 'all' || protocol === traffic.protocol) &&
  ports.from <= traffic.port &&
  traffic.port <= ports.to;

const means = (network: Network, peer: GroupPeer, end: End): boolean => {
  if ('cidr' in peer) return holds(peer.cidr, end.address);
  if ('prefixList' in peer) {
    const list = network.prefixLists.find(({ id }) => id === peer.prefixList);
    return list?.cidrs.some((cidr) => holds(cidr, end.address)) ?? false;
  }
  if (peer.peeringDeleted) return false;
  // Nobody knows what the other end carries: it may be this group, as long as it is in the VPC.
  return end.endpoint.groups?.includes(peer.group) ?? end.subnet !== undefined;
};

/** The peer of the one rule that is missing: a group where the other end has one, because addresses change. */
const missingPeer = ({ endpoint, range }: End): GroupPeer => {
  const [group] = endpoint.groups ?? [];
  return group === undefined ? { cidr: range } : { group };
};

const peerWords = (network: Network, { endpoint, address }: End): string => {
  const [group] = endpoint.groups ?? [];
  return group === undefined ? `${address} (${endpoint.label})` : groupWords(network, group);
};

/** Asks the groups of one end whether they admit the other one. Answers need no rule. */
export const askGroups = (
  network: Network,
  here: End,
  there: End,
  direction: Direction,
  traffic: Traffic,
): Step => {
  const word = directionWords[direction];
  const carried = here.endpoint.groups;
  if (carried?.length === 0) return passed(`${here.endpoint.label} has no security group`);
  const known = network.groups.filter(({ id }) => carried?.includes(id));
  const own = known.find(({ id }) => id === carried?.[0]);
  for (const group of known) {
    const rule = group[direction].find((each) => covers(each, traffic) && means(network, each.peer, there));
    if (rule)
      return passed(`security group ${called(group)} ${word} rule ${ruleText(rule, direction)} admits it`);
  }
  if (!own || known.length < (carried?.length ?? 1))
    return passed(`the security groups of ${here.endpoint.label} are not known`);
  const ports = { from: traffic.port, to: traffic.port };
  const peer = `${direction === 'ingress' ? 'from' : 'to'} ${peerWords(network, there)}`;
  const subject =
    known.length === 1
      ? `security group ${called(own)} has`
      : `security groups ${known.map(called).join(', ')} have`;
  const rule: GroupRule = { protocol: traffic.protocol, ports, peer: missingPeer(there) };
  return stopped([
    {
      cause: 'SECURITY_GROUP_BLOCKS',
      where: { kind: 'security group', id: own.id, ...(own.name !== undefined && { name: own.name }) },
      direction,
      way: 'there',
      rule: 'no rule',
      sentence: `${subject} no ${word} rule that admits ${trafficText(traffic.protocol, ports)} ${peer}`,
      change: { kind: 'add a group rule', group: own.id, direction, rule },
    },
  ]);
};
