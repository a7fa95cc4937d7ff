/** Turns the evaluation of all paths to a dependency into its check. */
import { type Check, type Dependency, failedCheck } from '../../core/checks/index.ts';
import {
  type Change,
  commandOf,
  directionWords,
  type Endpoint,
  evaluatePaths,
  type Finding,
  type Network,
  type PathsVerdict,
  type PathVerdict,
  type Traffic,
} from '../../core/network/index.ts';
import type { Targets } from './targets.ts';

/** Longer lists are cut: a report is one line of a log. */
const mostListed = 10;

const pathName = ({ from, to }: PathVerdict): string => `${from} -> ${to}`;

/** Of alternatives the one that is most open; the first where they are alike. */
const best = (
  network: Network,
  clients: readonly Endpoint[],
  alternatives: Endpoint[],
  traffic: Traffic,
): Endpoint[] => {
  if (alternatives.length < 2) return alternatives;
  const judged = alternatives.map((target) => ({
    target,
    state: evaluatePaths(network, clients, [target], traffic).state,
  }));
  const chosen = (['open', 'intermittent', 'blocked'] as const)
    .map((wanted) => judged.find(({ state }) => state === wanted))
    .find((found) => found !== undefined);
  return chosen ? [chosen.target] : [];
};

const whereText = ({ where }: Finding): string =>
  `${where.kind} ${where.id}${where.name === undefined ? '' : ` (${where.name})`}`;

const asEvidence = (change: Change): object => ({ command: commandOf(change), ...change });

const evidenceOf = (verdict: PathsVerdict, first: Finding): Record<string, unknown> => {
  const failing = verdict.verdicts.filter(({ state }) => state !== 'open');
  const [worst = failing[0]] = failing.filter(({ findings }) =>
    findings.some(({ sentence }) => sentence === first.sentence),
  );
  const others = verdict.findings.slice(1).map(({ sentence }) => sentence);
  const changes = verdict.changes.slice(0, mostListed).map(asEvidence);
  return {
    blocks: whereText(first),
    direction: first.direction && directionWords[first.direction],
    stops: first.way === 'there' ? 'what the client sends' : 'the answers',
    rule: first.rule,
    change: first.change && asEvidence(first.change),
    advice: first.advice,
    // To be made in this order: each is made for what the ones before have left.
    changes: changes.length > 1 ? changes : undefined,
    also: others.length > 0 ? others.slice(0, mostListed) : undefined,
    paths: `${failing.length} of ${verdict.verdicts.length} fail`,
    failing: failing.slice(0, mostListed).map(pathName),
    steps: worst?.steps,
  };
};

const openCheck = (dependency: Dependency, target: string, verdict: PathsVerdict): Check => ({
  dependency,
  target,
  ok: true,
  layer: 'tcp',
  evidence: {
    paths: verdict.verdicts.slice(0, mostListed).map(pathName),
    steps: verdict.verdicts[0]?.steps,
  },
  durationMs: 0,
});

/** The check of one dependency: open from every client to every target, or the point that decides. */
export const judge = (
  network: Network,
  dependency: Dependency,
  target: string,
  clients: readonly Endpoint[],
  targets: Targets,
  traffic: Traffic,
): Check => {
  const chosen = targets.flatMap((alternatives) => best(network, clients, alternatives, traffic));
  const verdict = evaluatePaths(network, clients, chosen, traffic);
  const [first] = verdict.findings;
  if (!first) return openCheck(dependency, target, verdict);
  const detail = [first.sentence, verdict.pattern].filter(Boolean).join('; ');
  return failedCheck(dependency, target, {
    cause: first.cause,
    detail,
    evidence: evidenceOf(verdict, first),
  });
};
