/** Several clients, several targets: which pairs fail, and what they have in common. */
import { applyChange, type Change } from './change.ts';
import type { Endpoint } from './endpoint.ts';
import { evaluatePath } from './evaluate.ts';
import type { Network } from './model.ts';
import type { Finding, PathState, PathVerdict, Traffic } from './verdict.ts';
import { called } from './words.ts';

export interface PathsVerdict {
  state: PathState;
  verdicts: PathVerdict[];
  /** Every point that blocks a path, each once; the first one decides. */
  findings: Finding[];
  /** What opens all paths, in this order. */
  changes: Change[];
  /** What the failing paths have in common, where some fail and some do not. */
  pattern?: string;
}

interface Pair {
  from: Endpoint;
  to: Endpoint;
}

/** Changes that open every pair, each made on what the ones before have left. */
const changesFor = (network: Network, pairs: readonly Pair[], traffic: Traffic): Change[] => {
  let repaired = network;
  const changes: Change[] = [];
  for (const { from, to } of pairs) {
    for (const { change } of evaluatePath(repaired, from, to, traffic).findings) {
      if (!change) continue;
      changes.push(change);
      repaired = applyChange(repaired, change);
    }
  }
  return changes;
};

const subnetOf = (network: Network, { subnet, label }: Endpoint): string => {
  const found = network.subnets.find(({ id }) => id === subnet);
  if (!found) return label;
  return `${called(found)}${found.zone === undefined ? '' : ` in ${found.zone}`}`;
};

const patternOf = (
  network: Network,
  failing: readonly Pair[],
  passing: readonly Pair[],
): string | undefined => {
  if (failing.length === 0 || passing.length === 0) return undefined;
  const share = `${failing.length} of ${failing.length + passing.length} paths fail`;
  for (const [end, word] of [
    ['from', 'from'],
    ['to', 'to'],
  ] as const) {
    const places = new Set(failing.map((pair) => subnetOf(network, pair[end])));
    const [place] = places;
    if (places.size === 1 && !passing.some((pair) => subnetOf(network, pair[end]) === place))
      return `${share}, exactly those ${word} ${place}`;
  }
  return share;
};

const keyOf = ({ where, direction, rule, sentence }: Finding): string =>
  [where.id, direction, rule, sentence].join('|');

const worst = (states: readonly PathState[]): PathState =>
  (['blocked', 'intermittent'] as const).find((state) => states.includes(state)) ?? 'open';

/** Evaluates every pair of a client and a target. */
export const evaluatePaths = (
  network: Network,
  clients: readonly Endpoint[],
  targets: readonly Endpoint[],
  traffic: Traffic,
): PathsVerdict => {
  const pairs = clients.flatMap((from) => targets.map((to) => ({ from, to })));
  const judged = pairs.map((pair) => ({
    ...pair,
    verdict: evaluatePath(network, pair.from, pair.to, traffic),
  }));
  const failing = judged.filter(({ verdict }) => verdict.state !== 'open');
  const passing = judged.filter(({ verdict }) => verdict.state === 'open');
  // A path that is closed explains more than one that fails now and then.
  const blockedFirst = [...failing].sort(
    (one, other) => Number(other.verdict.state === 'blocked') - Number(one.verdict.state === 'blocked'),
  );
  const findings = new Map(
    blockedFirst.flatMap(({ verdict }) =>
      verdict.findings.map((finding) => [keyOf(finding), finding] as const),
    ),
  );
  const pattern = patternOf(network, failing, passing);
  return {
    state: worst(judged.map(({ verdict }) => verdict.state)),
    verdicts: judged.map(({ verdict }) => verdict),
    findings: [...findings.values()],
    changes: changesFor(network, failing, traffic),
    ...(pattern !== undefined && { pattern }),
  };
};
