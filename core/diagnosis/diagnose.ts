/** Puts findings into the order in which a person should read them: first what explains the others. */
import { layers } from '../causes/index.ts';
import type { Check, Report, Subject } from '../checks/index.ts';
import { explanations } from './explanations.ts';
import { type Finding, findingsOf } from './findings.ts';

/** One thing that is wrong, and what follows from it. */
export interface Diagnosis extends Finding {
  follows: { finding: Finding; because: string }[];
}

/** Without it nothing works, so it is told first. */
const mostNeeded: readonly Subject[] = ['postgres', 'service', 'auth', 'mlflow', 'redis'];

const becauseOf = (first: Check, second: Check): string | undefined =>
  explanations.find(({ explains }) => explains(first, second))?.because;

/** The finding that explains this one best: the lowest layer among those that do. */
const explainerOf = (
  finding: Finding,
  all: readonly Finding[],
): { by: Finding; because: string } | undefined => {
  for (const other of all) {
    if (other === finding) continue;
    const because = becauseOf(other.check, finding.check);
    if (because !== undefined && becauseOf(finding.check, other.check) === undefined)
      return { by: other, because };
  }
  return undefined;
};

/** The root that a finding leads to; one that explains itself in a circle is its own. */
const rootOf = (
  finding: Finding,
  all: readonly Finding[],
): { root: Finding; because: string } | undefined => {
  let current = explainerOf(finding, all);
  const because = current?.because ?? '';
  const seen = new Set<Finding>([finding]);
  while (current) {
    if (seen.has(current.by)) return undefined;
    seen.add(current.by);
    const next = explainerOf(current.by, all);
    if (!next) return { root: current.by, because };
    current = next;
  }
  return undefined;
};

export const diagnose = (reports: readonly Report[]): Diagnosis[] => {
  const findings = findingsOf(reports);
  const roots = new Map<Finding, Diagnosis>();
  const followers: { finding: Finding; root: Finding; because: string }[] = [];
  for (const finding of findings) {
    const found = rootOf(finding, findings);
    if (found) followers.push({ finding, ...found });
    else roots.set(finding, { ...finding, follows: [] });
  }
  for (const { finding, root, because } of followers) roots.get(root)?.follows.push({ finding, because });
  const rank = ({ check: { dependency, layer } }: Diagnosis): number =>
    mostNeeded.indexOf(dependency) * 100 + layers[layer];
  // What explains most is read first; among equals what is needed most.
  return [...roots.values()].sort((a, b) => b.follows.length - a.follows.length || rank(a) - rank(b));
};
