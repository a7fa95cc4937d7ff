import { type Cause, causes, type Layer, layers, specialRemedies } from '../../core/causes/index.ts';
import { heading, table } from './table.ts';

const otherRemedies = ({ code }: Cause): string[] =>
  specialRemedies.filter(({ cause }) => cause === code).map(({ where, remedy }) => `*${where}:* ${remedy}`);

const section = (layer: Layer): string => {
  const rows = Object.values<Cause>(causes)
    .filter((cause) => cause.layer === layer)
    .map((cause) => [
      `[\`${cause.code}\`](../../${cause.runbook})`,
      cause.meaning,
      [cause.remedy, ...otherRemedies(cause)].join('<br>'),
      cause.retryable ? 'yes' : 'no',
    ]);
  const head = ['cause', 'what is true', 'what to do first', 'may pass by itself'];
  return `## ${layer}\n\n${table(head, rows)}`;
};

export const causesPage = (): string =>
  [
    heading('Causes', 'core/causes/causes.ts'),
    `What can be wrong between a client and a dependency, by name: a closed list. Layers stand in the order in
which a connection passes them; the lowest that fails is the one to repair. Each name links to its runbook.
Where the first step depends on whom it is about, the general one is followed by those of their own.`,
    ...(Object.keys(layers) as Layer[]).map(section),
  ].join('\n\n');
