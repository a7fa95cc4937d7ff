/** Evidence of a check as lines: facts first, then what is in doubt. */
import { shown } from '../../core/checks/index.ts';

const doubts = { mayBe: 'may be', toldApart: 'told apart', decides: 'decided by' } as const;

/** Longer evidence is for the log; characters. */
const longest = 1_500;

const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}...` : text);

export const evidenceText = (evidence: Readonly<Record<string, unknown>>): string[] => {
  const facts = Object.entries(evidence).filter(([key]) => !(key in doubts));
  return [
    ...(facts.length > 0 ? [cut(facts.map(([key, value]) => `${key}=${shown(value)}`).join('  '))] : []),
    ...Object.entries(doubts).flatMap(([key, label]) =>
      evidence[key] === undefined ? [] : [cut(`${label}: ${shown(evidence[key])}`)],
    ),
  ];
};
