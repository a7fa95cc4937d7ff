/** Follows the packets of one connection, to the target and back, through everything that may drop them. */
import { ephemeralPorts } from '../network-acl-entries.ts';
import { askAcl } from './acl.ts';
import type { Family } from './address.ts';
import { applyChange } from './change.ts';
import { type End, type Endpoint, endIn } from './endpoint.ts';
import { askGroups } from './groups.ts';
import type { Direction, Network, Subnet } from './model.ts';
import { askRoutes } from './routes.ts';
import type { Finding, PathState, PathVerdict, Step, Traffic } from './verdict.ts';

/** The network so far: what a later point needs is asked as if the earlier ones were repaired. */
interface Walk {
  network: Network;
  steps: Step[];
}

const take = (walk: Walk, step: Step): void => {
  walk.steps.push(step);
  for (const { change } of step.findings) if (change) walk.network = applyChange(walk.network, change);
};

interface Crossing {
  subnet: Subnet;
  here: End;
  there: End;
  direction: Direction;
}

const aclStep = (walk: Walk, crossing: Crossing, way: Finding['way'], traffic: Traffic): void => {
  const { subnet, here, there, direction } = crossing;
  const acl = walk.network.acls.find(({ id }) => id === subnet.acl);
  if (!acl) {
    take(walk, { text: `network ACL ${subnet.acl} is not known`, findings: [] });
    return;
  }
  const asked = way === 'there' ? { from: traffic.port, to: traffic.port } : ephemeralPorts;
  const end = { ...here, subnet };
  const { protocol } = traffic;
  take(walk, askAcl({ acl, here: end, there, direction, way, protocol, ports: asked }));
};

const insideVpc = (walk: Walk, from: End, to: End, traffic: Traffic, a: Subnet, b: Subnet): void => {
  const apart = a.id !== b.id;
  take(walk, askGroups(walk.network, from, to, 'egress', traffic));
  if (apart) {
    aclStep(walk, { subnet: a, here: from, there: to, direction: 'egress' }, 'there', traffic);
    const question = { subnet: a, here: from, there: to, purpose: 'opens', way: 'there' } as const;
    take(walk, askRoutes(walk.network, question).step);
    aclStep(walk, { subnet: b, here: to, there: from, direction: 'ingress' }, 'there', traffic);
  }
  take(walk, askGroups(walk.network, to, from, 'ingress', traffic));
  if (!apart) return;
  aclStep(walk, { subnet: b, here: to, there: from, direction: 'egress' }, 'back', traffic);
  aclStep(walk, { subnet: a, here: from, there: to, direction: 'ingress' }, 'back', traffic);
  const question = { subnet: b, here: to, there: from, purpose: 'answers', way: 'back' } as const;
  take(walk, askRoutes(walk.network, question).step);
};

/** A NAT gateway stands in a subnet of its own: its ACL sees the client's address inward, the target's outward. */
const throughNat = (walk: Walk, nat: Subnet, from: End, to: End, traffic: Traffic): void => {
  const gateway: End = { ...from, subnet: nat, endpoint: { ...from.endpoint, publicAddress: true } };
  const apart = nat.id !== from.subnet?.id;
  const cross = (there: End, direction: Direction, way: Finding['way']) =>
    aclStep(walk, { subnet: nat, here: gateway, there, direction }, way, traffic);
  if (apart) cross(from, 'ingress', 'there');
  const tableOfClient = from.subnet?.routeTable;
  const question = {
    subnet: nat,
    here: gateway,
    there: to,
    purpose: 'opens',
    way: 'there',
    tableOfClient,
  } as const;
  take(walk, askRoutes(walk.network, question).step);
  cross(to, 'egress', 'there');
  cross(to, 'ingress', 'back');
  if (apart) cross(from, 'egress', 'back');
};

const outward = (walk: Walk, from: End, to: End, traffic: Traffic, subnet: Subnet): void => {
  take(walk, askGroups(walk.network, from, to, 'egress', traffic));
  aclStep(walk, { subnet, here: from, there: to, direction: 'egress' }, 'there', traffic);
  const question = { subnet, here: from, there: to, purpose: 'opens', way: 'there' } as const;
  take(walk, askRoutes(walk.network, question).step);
  // Once more: where the route was missing, the one that is proposed leads on.
  const { route } = askRoutes(walk.network, question);
  const nat = walk.network.natGateways.find(({ id }) => id === route?.target);
  const natSubnet = walk.network.subnets.find(({ id }) => id === nat?.subnet);
  if (natSubnet) throughNat(walk, natSubnet, from, to, traffic);
  aclStep(walk, { subnet, here: from, there: to, direction: 'ingress' }, 'back', traffic);
};

const inward = (walk: Walk, from: End, to: End, traffic: Traffic, subnet: Subnet): void => {
  aclStep(walk, { subnet, here: to, there: from, direction: 'ingress' }, 'there', traffic);
  take(walk, askGroups(walk.network, to, from, 'ingress', traffic));
  aclStep(walk, { subnet, here: to, there: from, direction: 'egress' }, 'back', traffic);
  const question = { subnet, here: to, there: from, purpose: 'answers', way: 'back' } as const;
  take(walk, askRoutes(walk.network, question).step);
};

const stateOf = (findings: readonly Finding[]): PathState => {
  if (findings.length === 0) return 'open';
  return findings.every(({ intermittent }) => intermittent) ? 'intermittent' : 'blocked';
};

const inFamily = (
  network: Network,
  from: Endpoint,
  to: Endpoint,
  traffic: Traffic,
  family: Family,
): PathVerdict | undefined => {
  const [start, end] = [endIn(network, from, family), endIn(network, to, family)];
  if (!start || !end) return undefined;
  const walk: Walk = { network, steps: [] };
  if (start.subnet && end.subnet) insideVpc(walk, start, end, traffic, start.subnet, end.subnet);
  else if (start.subnet) outward(walk, start, end, traffic, start.subnet);
  else if (end.subnet) inward(walk, start, end, traffic, end.subnet);
  else throw new RangeError(`Neither ${from.label} nor ${to.label} is in a subnet of ${network.id}.`);
  const findings = walk.steps.flatMap((step) => step.findings);
  return {
    from: from.label,
    to: to.label,
    state: stateOf(findings),
    steps: walk.steps.map(({ text }) => text),
    findings,
  };
};

const noFamily = (from: Endpoint, to: Endpoint): PathVerdict => {
  const sentence = `${from.label} (${from.addresses.join(', ')}) and ${to.label} (${to.addresses.join(', ')}) have no address of the same family`;
  return {
    from: from.label,
    to: to.label,
    state: 'blocked',
    steps: [sentence],
    findings: [
      {
        cause: 'ROUTE_MISSING',
        where: { kind: 'route table', id: 'none' },
        way: 'there',
        rule: 'no route',
        sentence,
        advice: 'Give both ends an address of one family.',
      },
    ],
  };
};

/**
 * Whether a client can open a connection to a target and get its answers, by the rules of AWS: security groups
 * keep state and are asked once, network ACLs do not and are asked both ways (for ports 1024-65535 on the way
 * back), never inside one subnet; the most specific route decides. IPv4 is looked at first; where both ends
 * have IPv6 too, a path that is open there is open.
 * @throws RangeError when neither end is in the VPC, or an address cannot be read
 */
export const evaluatePath = (
  network: Network,
  from: Endpoint,
  to: Endpoint,
  traffic: Traffic,
): PathVerdict => {
  const verdicts = ([4, 6] as const).flatMap((family) => inFamily(network, from, to, traffic, family) ?? []);
  return verdicts.find(({ state }) => state === 'open') ?? verdicts[0] ?? noFamily(from, to);
};
