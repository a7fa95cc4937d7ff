/** What the command prints. */
import type { ChaosOptions } from './options.ts';
import type { Fault } from './plan.ts';
import type { Outcome } from './run.ts';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

export const heading = ({ events, seed, keys }: ChaosOptions): string =>
  [
    `messages: ${events} events of ${keys} models; seed ${seed}`,
    `again: npm run chaos -- messages --events ${events} --seed ${seed} --keys ${keys}`,
  ].join('\n');

export const faultLine = ({ atMs, victim, how, downMs }: Fault): string =>
  `${seconds(atMs).padStart(8)}  ${victim.padEnd(9)}  ${how.padEnd(9)}${how === 'flush' ? '' : `  for ${seconds(downMs)}`}`;

const list = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];

/** The account; its last line is what matters. */
export const accountText = (outcome: Outcome): string => {
  const { sent, delivered, duplicates, dead, poison, waiting, disorder, twice, lost } = outcome;
  const { unacknowledged, unacknowledgedCame } = outcome;
  return [
    ...list('ended by itself:', outcome.crashes),
    ...list('not in order:', outcome.disorders),
    ...list('lost:', outcome.lostRuns),
    ...(outcome.unfinished === undefined ? [] : [`not finished: ${outcome.unfinished}`]),
    `faults: ${outcome.faults.length} in ${outcome.seconds} s`,
    `sent: ${sent} acknowledged (${outcome.unanswered} requests without a 200, ${outcome.replayed} answered as done before)`,
    `not acknowledged: ${unacknowledged} (${unacknowledgedCame} of them came all the same)`,
    `delivered: ${delivered}`,
    `duplicates: ${duplicates} removed by the inbox`,
    `dead: ${dead} (${poison} poison)`,
    `still waiting: ${waiting}`,
    `twice: ${twice}`,
    `order: ${disorder} violations`,
    `lost: ${lost}`,
  ].join('\n');
};
