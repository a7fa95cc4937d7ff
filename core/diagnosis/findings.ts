import { layers } from '../causes/index.ts';
import type { Check, ProbeName, Report } from '../checks/index.ts';

/** A failed check, with the probes that found the same. */
export interface Finding {
  check: Check;
  probes: ProbeName[];
}

/** Two probes that name the same cause of the same target have found one thing. */
const same = (one: Check, other: Check): boolean =>
  one.dependency === other.dependency && one.cause === other.cause && one.layer === other.layer;

/** The one that says more: with more evidence. */
const fuller = (one: Check, other: Check): Check =>
  Object.keys(other.evidence ?? {}).length > Object.keys(one.evidence ?? {}).length ? other : one;

/** Every failed check of the reports once, the lowest layer first. */
export const findingsOf = (reports: readonly Report[]): Finding[] => {
  const findings: Finding[] = [];
  for (const { probe, checks } of reports)
    for (const check of checks) {
      if (check.ok) continue;
      const known = findings.find((finding) => same(finding.check, check) && !finding.probes.includes(probe));
      if (known) {
        known.check = fuller(known.check, check);
        known.probes.push(probe);
      } else findings.push({ check, probes: [probe] });
    }
  return findings.sort((a, b) => layers[a.check.layer] - layers[b.check.layer]);
};
