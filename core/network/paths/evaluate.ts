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

/** Points on the way, each asked when it is its turn. */
type Way = Generator<Step, void, void>;

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

const aclStep = (walk: Walk, crossing: Crossing, way: Finding['way'], traffic: Traffic): Step => {
  const { subnet, here, there, direction } = crossing;
  const acl = walk.network.acls.find(({ id }) => id === subnet.acl);
  if (!acl) return { text: `network ACL ${subnet.acl} is not known`, findings: [] };
  const asked = way === 'there' ? { from: traffic.port, to: traffic.port } : ephemeralPorts;
  const end = { ...here, subnet };
  const { protocol } = traffic;
  return askAcl({ acl, here: end, there, direction, way, protocol, ports: asked });
};

function* insideVpc(walk: Walk, from: End, to: End, traffic: Traffic, a: Subnet, b: Subnet): Way {
  const apart = a.id !== b.id;
  yield askGroups(walk.network, from, to, 'egress', traffic);
  if (apart) {
    yield aclStep(walk, { subnet: a, here: from, there: to, direction: 'egress' }, 'there', traffic);
    const question = { subnet: a, here: from, there: to, purpose: 'opens', way: 'there' } as const;
    yield askRoutes(walk.network, question).step;
    yield aclStep(walk, { subnet: b, here: to, there: from, direction: 'ingress' }, 'there', traffic);
  }
  yield askGroups(walk.network, to, from, 'ingress', traffic);
  if (!apart) return;
  yield aclStep(walk, { subnet: b, here: to, there: from, direction: 'egress' }, 'back', traffic);
  yield aclStep(walk, { subnet: a, here: from, there: to, direction: 'ingress' }, 'back', traffic);
  const question = { subnet: b, here: to, there: from, purpose: 'answers', way: 'back' } as const;
  yield askRoutes(walk.network, question).step;
}

/** A NAT gateway stands in a subnet of its own: its ACL sees the client's address inward, the target's outward. */
function* throughNat(walk: Walk, nat: Subnet, from: End, to: End, traffic: Traffic): Way {
  const gateway: End = { ...from, subnet: nat, endpoint: { ...from.endpoint, publicAddress: true } };
  const apart = nat.id !== from.subnet?.id;
  const cross = (there: End, direction: Direction, way: Finding['way']) =>
    aclStep(walk, { subnet: nat, here: gateway, there, direction }, way, traffic);
  if (apart) yield cross(from, 'ingress', 'there');
  const tableOfClient = from.subnet?.routeTable;
  const question = {
    subnet: nat,
    here: gateway,
    there: to,
    purpose: 'opens',
    way: 'there',
    tableOfClient,
  } as const;
  yield askRoutes(walk.network, question).step;
  yield cross(to, 'egress', 'there');
  yield cross(to, 'ingress', 'back');
  if (apart) yield cross(from, 'egress', 'back');
}

function* outward(walk: Walk, from: End, to: End, traffic: Traffic, subnet: Subnet): Way {
  yield askGroups(walk.network, from, to, 'egress', traffic);
  yield aclStep(walk, { subnet, here: from, there: to, direction: 'egress' }, 'there', traffic);
  const question = { subnet, here: from, there: to, purpose: 'opens', way: 'there' } as const;
  yield askRoutes(walk.network, question).step;
  // Once more: where the route was missing, the one that is proposed leads on.
  const { route } = askRoutes(walk.network, question);
  const nat = walk.network.natGateways.find(({ id }) => id === route?.target);
  const natSubnet = walk.network.subnets.find(({ id }) => id === nat?.subnet);
  if (natSubnet) yield* throughNat(walk, natSubnet, from, to, traffic);
  yield aclStep(walk, { subnet, here: from, there: to, direction: 'ingress' }, 'back', traffic);
}

function* inward(walk: Walk, from: End, to: End, traffic: Traffic, subnet: Subnet): Way {
  yield aclStep(walk, { subnet, here: to, there: from, direction: 'ingress' }, 'there', traffic);
  yield askGroups(walk.network, to, from, 'ingress', traffic);
  yield aclStep(walk, { subnet, here: to, there: from, direction: 'egress' }, 'back', traffic);
  const question = { subnet, here: to, there: from, purpose: 'answers', way: 'back' } as const;
  yield askRoutes(walk.network, question).step;
}

const stateOf = (findings: readonly Finding[]): PathState => {
  if (findings.length === 0) return 'open';
  return findings.every(({ intermittent }) => intermittent) ? 'intermittent' : 'blocked';
};

export interface EvaluateOptions {
  /** Ends at the first point that blocks, for whoever wants only the state: later findings are left out. */
  untilBlocked?: boolean;
}

const wayBetween = (walk: Walk, from: End, to: End, traffic: Traffic): Way => {
  if (from.subnet && to.subnet) return insideVpc(walk, from, to, traffic, from.subnet, to.subnet);
  if (from.subnet) return outward(walk, from, to, traffic, from.subnet);
  if (to.subnet) return inward(walk, from, to, traffic, to.subnet);
  const [one, other] = [from.endpoint.label, to.endpoint.label];
  throw new RangeError(`Neither ${one} nor ${other} is in a subnet of ${walk.network.id}.`);
};

const inFamily = (
  network: Network,
  from: Endpoint,
  to: Endpoint,
  traffic: Traffic,
  { family, untilBlocked }: EvaluateOptions & { family: Family },
): PathVerdict | undefined => {
  const [start, end] = [endIn(network, from, family), endIn(network, to, family)];
  if (!start || !end) return undefined;
  const walk: Walk = { network, steps: [] };
  for (const step of wayBetween(walk, start, end, traffic)) {
    take(walk, step);
    if (untilBlocked && step.findings.some(({ intermittent }) => !intermittent)) break;
  }
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
  options: EvaluateOptions = {},
): PathVerdict => {
  const verdicts = ([4, 6] as const).flatMap(
    (family) => inFamily(network, from, to, traffic, { ...options, family }) ?? [],
  );
  return verdicts.find(({ state }) => state === 'open') ?? verdicts[0] ?? noFamily(from, to);
};
