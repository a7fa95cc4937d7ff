/** Network ACLs: ordered, stateless, the first entry that matches decides. */
import { type Decision, decide, numberBefore } from './acl-order.ts';
import { shared } from './address.ts';
import type { End } from './endpoint.ts';
import type { AclEntry, Direction, NetworkAcl, Ports, Protocol } from './model.ts';
import { type Finding, passed, type Step, stopped } from './verdict.ts';
import {
  called,
  directionWords,
  entryNumber,
  entryText,
  lastEntry,
  subnetWords,
  trafficText,
} from './words.ts';

export interface AclQuestion {
  acl: NetworkAcl;
  /** The end whose subnet has this ACL. */
  here: End;
  /** The end that the packets come from or go to. */
  there: End;
  direction: Direction;
  way: 'there' | 'back';
  protocol: Protocol;
  ports: Ports;
}

/** What one entry denies of the wanted ports. */
interface Denial {
  entry: AclEntry;
  parts: Ports[];
}

const portsText = (protocol: Protocol, parts: readonly Ports[]): string =>
  parts.map((part) => trafficText(protocol, part)).join(' and ');

const sentenceOf = (
  { acl, here, there, direction, protocol }: AclQuestion,
  { entry, parts }: Denial,
  open: readonly Ports[],
): string => {
  const traffic = portsText(protocol, parts);
  const peer = `${traffic} ${direction === 'ingress' ? 'from' : 'to'} ${shared(entry.cidr, there.range)}`;
  const of = here.subnet ? ` of ${subnetWords(here.subnet)}` : '';
  const word = directionWords[direction];
  const denies =
    entry.number >= lastEntry
      ? `network ACL ${called(acl)}${of} has no ${word} entry that allows ${peer}; its entry * denies it`
      : `network ACL ${called(acl)} ${word} entry ${entryNumber(entry)}${of} denies ${peer}`;
  if (open.length === 0) return denies;
  const passes = `${portsText(protocol, open)} pass${open.length > 1 ? '' : 'es'}`;
  return `${denies}, while ${passes}: connections fail now and then, by the port that the client happens to use`;
};

const findingOf = (question: AclQuestion, denial: Denial, open: readonly Ports[]): Finding => {
  const { acl, there, direction, way, protocol } = question;
  const { entry, parts } = denial;
  // What lies between the parts is decided before this entry, and stays so.
  const ports = {
    from: Math.min(...parts.map(({ from }) => from)),
    to: Math.max(...parts.map(({ to }) => to)),
  };
  const cidr = shared(entry.cidr, there.range);
  const wanted: AclEntry = { ...entry, action: 'allow', protocol, cidr, ports };
  const number = numberBefore(acl, entry, wanted);
  return {
    cause: 'NETWORK_ACL_BLOCKS',
    where: { kind: 'network ACL', id: acl.id, ...(acl.name !== undefined && { name: acl.name }) },
    direction,
    way,
    rule: entryText(entry),
    ...(open.length > 0 && { intermittent: true as const }),
    sentence: sentenceOf(question, denial, open),
    ...(number === undefined
      ? {
          advice: `No number before entry ${entryNumber(entry)} is free for this alone; renumber the entries, or take out the one that denies.`,
        }
      : { change: { kind: 'add an ACL entry', acl: acl.id, entry: { ...wanted, number } } }),
  };
};

const denialsOf = (decisions: readonly Decision[]): Denial[] => {
  const denials = new Map<number, Denial>();
  for (const { entry, ports } of decisions.filter((decision) => decision.entry.action === 'deny')) {
    const denial = denials.get(entry.number) ?? { entry, parts: [] };
    denials.set(entry.number, { entry, parts: [...denial.parts, ports] });
  }
  return [...denials.values()];
};

/** Below this share of the ports, hardly any connection ever gets its answers: the path is closed. */
const noticeableShare = 0.01;

const width = (parts: readonly Ports[]): number =>
  parts.reduce((sum, { from, to }) => sum + to - from + 1, 0);

/** Asks one ACL about one direction of a path. */
export const askAcl = (question: AclQuestion): Step => {
  const { acl, there, direction, protocol, ports } = question;
  const decisions = decide(acl, direction, { protocol, address: there.address, ports });
  const allowed = decisions.filter(({ entry }) => entry.action === 'allow');
  const findings: Finding[] = [];
  // One after the other, so that two new entries never get the same number.
  let changed = acl;
  const passing = allowed.map((decision) => decision.ports);
  const open = width(passing) < width([ports]) * noticeableShare ? [] : passing;
  for (const denial of denialsOf(decisions)) {
    const finding = findingOf({ ...question, acl: changed }, denial, open);
    findings.push(finding);
    if (finding.change?.kind === 'add an ACL entry')
      changed = { ...changed, entries: [...changed.entries, finding.change.entry] };
  }
  if (findings.length > 0) return stopped(findings);
  const numbers = [...new Set(allowed.map(({ entry }) => entryNumber(entry)))].join(', ');
  return passed(
    `network ACL ${called(acl)} ${directionWords[direction]} entry ${numbers} allows ${trafficText(protocol, ports)}`,
  );
};
