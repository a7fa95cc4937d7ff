/** What one scenario came to, the service and the bare pool side by side. */
import { countLabels, latenciesOf, noAnswer, type Sample } from './open-loop.ts';
import type { Footprint } from './outage-footprint.ts';
import type { Seen } from './outage-watch.ts';
import { largest } from './percentiles.ts';
import { mebibytes, ms, table } from './table.ts';

export interface Outcome {
  name: string;
  samples: Sample[];
  footprint: Footprint;
  /** Only the service has health paths. */
  seen?: Seen;
}

const failedOf = ({ samples }: Outcome): Sample[] => samples.filter(({ label }) => label !== '200');

const threeLatencies = (samples: readonly Sample[]): string => {
  if (samples.length === 0) return '-';
  const { p50, p99, max } = latenciesOf(samples);
  return [p50, p99, max].map(ms).join(' / ');
};

const hang = ({ samples }: Outcome): string => {
  const longest = largest(samples.map(({ ms: took }) => took));
  const unanswered = samples.some(({ label, ms: took }) => label === noAnswer && took >= longest - 1);
  return `${unanswered ? 'over ' : ''}${(longest / 1_000).toFixed(1)} s`;
};

const after = (took: number | undefined): string => {
  if (took === undefined) return 'not within 60 s';
  return took === 0 ? 'never lost' : `${(took / 1_000).toFixed(1)} s`;
};

const stayed = ({ others, slowestMs }: { others: number; slowestMs: number }): string =>
  `${others === 0 ? 'always 200' : `${others} other answers`}, slowest ${ms(slowestMs)} ms`;

export const outageTable = (outcomes: readonly Outcome[]): string => {
  const row = (name: string, cell: (outcome: Outcome) => string): string[] => [name, ...outcomes.map(cell)];
  const causes = [...new Set(outcomes.flatMap((outcome) => [...countLabels(failedOf(outcome)).keys()]))];
  const ofHealth = (name: string, cell: (seen: Seen) => string): string[] =>
    row(name, ({ seen }) => (seen ? cell(seen) : ''));
  return table([
    row('', ({ name }) => name),
    row('requests', ({ samples }) => String(samples.length)),
    row('failed', (outcome) => {
      const failed = failedOf(outcome).length;
      return `${failed} = ${((failed / outcome.samples.length) * 100).toFixed(2)} %`;
    }),
    ...causes.map((cause) =>
      row(`  ${cause}`, (outcome) => String(countLabels(failedOf(outcome)).get(cause) ?? '')),
    ),
    row('answered 200, p50 / p99 / max ms', ({ samples }) =>
      threeLatencies(samples.filter(({ label }) => label === '200')),
    ),
    row('failed, p50 / p99 / max ms', (outcome) => threeLatencies(failedOf(outcome))),
    row('longest wait of all', hang),
    row('resident memory at start / most / at end', ({ footprint }) =>
      [footprint.start, footprint.most, footprint.end].map(mebibytes).join(' / '),
    ),
    row('live heap at start / at end', ({ footprint }) =>
      [footprint.liveAtStart, footprint.liveAtEnd].map(mebibytes).join(' / '),
    ),
    row('longest stall of its event loop', ({ footprint }) => `${ms(footprint.longestStallMs)} ms`),
    ofHealth('/ready is 200 after accepting', ({ readyMs }) => after(readyMs)),
    ofHealth('breaker is closed after accepting', ({ closedMs }) => after(closedMs)),
    ofHealth('/live', ({ steady }) => stayed(steady['/live'])),
    ofHealth('/health/alb', ({ steady }) => stayed(steady['/health/alb'])),
  ]);
};
