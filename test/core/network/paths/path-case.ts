import { expect, test } from '@jest/globals';
import {
  applyChange,
  commandOf,
  type Endpoint,
  endpointOf,
  evaluatePath,
  type Network,
  type PathState,
} from '../../../../core/network/index.ts';
import { written } from './written-network.ts';

/** A rule of AWS, what the network has, and what follows. */
export interface PathCase {
  /** The rule, as a sentence. */
  rule: string;
  edit?: (network: Network) => Network;
  /** The client, `eni-a` unless given; `outside ADDRESS` for one outside the VPC. */
  from?: string;
  /** The target, `eni-db` unless given. */
  to?: string;
  /** tcp/5432 unless given. */
  traffic?: { protocol: 'tcp' | 'udp'; port: number };
  /** `open`, or every sentence in order. */
  says: 'open' | string[];
  /** Commands of the change, one for each sentence; `advice` where there is none. */
  commands?: string[];
  state?: PathState;
}

const endIn = (network: Network, name: string): Endpoint => {
  const [word, address = ''] = name.split(' ');
  if (word === 'outside') return { label: 'outside', addresses: [address] };
  const found = network.interfaces.find(({ id }) => id === name);
  if (!found) throw new Error(`The written network has no ${name}.`);
  return endpointOf(found);
};

/** Runs the cases; a change must open the path that it is proposed for. */
export const runCases = (cases: readonly PathCase[]): void => {
  test.each(cases.map((one) => [one.rule, one] as const))('%s', (_rule, one) => {
    const { edit = (same) => same, from = 'eni-a', to = 'eni-db', says, commands = [] } = one;
    const network = edit(written());
    const traffic = one.traffic ?? { protocol: 'tcp', port: 5432 };
    const evaluate = (of: Network) => evaluatePath(of, endIn(of, from), endIn(of, to), traffic);
    const verdict = evaluate(network);
    expect(verdict.findings.map(({ sentence }) => sentence)).toEqual(says === 'open' ? [] : says);
    expect(verdict.state).toBe(one.state ?? (says === 'open' ? 'open' : 'blocked'));
    // Whoever wants no more than the state gets the same one.
    const brief = evaluatePath(network, endIn(network, from), endIn(network, to), traffic, {
      untilBlocked: true,
    });
    expect(brief.state).toBe(verdict.state);
    expect(
      verdict.findings.map((finding) => (finding.change ? commandOf(finding.change) : 'advice')),
    ).toEqual(commands);
    if (commands.includes('advice')) return;
    const repaired = verdict.findings.reduce(
      (before, finding) => (finding.change ? applyChange(before, finding.change) : before),
      network,
    );
    expect(evaluate(repaired).state).toBe('open');
  });
};
