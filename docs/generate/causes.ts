import { type Cause, causes, type Layer, layers } from '../../core/causes/index.ts';
import { heading, table } from './table.ts';

const section = (layer: Layer): string => {
  const rows = Object.values<Cause>(causes)
    .filter((cause) => cause.layer === layer)
    .map(({ code, meaning, remedy, retryable, runbook }) => [
      `[\`${code}\`](../../${runbook})`,
      meaning,
      remedy,
      retryable ? 'yes' : 'no',
    ]);
  const head = ['cause', 'what is true', 'what to do first', 'may pass by itself'];
  return `## ${layer}\n\n${table(head, rows)}`;
};

export const causesPage = (): string =>
  [
    heading('Causes', 'core/causes/causes.ts'),
    `What can be wrong between a client and a dependency, by name: a closed list. Layers stand in the order in
which a connection passes them; the lowest that fails is the one to repair. Each name links to its runbook.`,
    ...(Object.keys(layers) as Layer[]).map(section),
  ].join('\n\n');
