import type { Dependency } from '../../../core/checks/index.ts';
import { type MetricDefinition, type MetricName, metrics, namespace } from '../../../core/metrics/index.ts';
import type { Series, Widget } from './widget.ts';

/** One colour for a dependency in every graph; readable on white and on black. */
export const colorOf: Readonly<Record<Dependency, string>> = {
  postgres: '#3f83c9',
  redis: '#d9603b',
  mlflow: '#1a9c74',
  auth: '#9a6bd8',
};

/** A metric of ours, with the statistic of the catalogue unless another is wanted. */
export const ownSeries = (
  name: MetricName,
  environment: string,
  {
    dependency,
    ...look
  }: { dependency?: Dependency } & Pick<Series, 'label'> & Partial<Pick<Series, 'stat'>>,
): Series => {
  const { statistic }: MetricDefinition = metrics[name];
  return {
    namespace,
    metric: name,
    dimensions: { Environment: environment, ...(dependency && { Dependency: dependency }) },
    stat: statistic,
    ...(dependency && { label: dependency, color: colorOf[dependency] }),
    ...look,
  };
};

/** A series for each dependency that is watched and for which the metric is published. */
export const eachDependency = (
  name: MetricName,
  environment: string,
  dependencies: readonly Dependency[],
): Series[] => {
  const { dependencies: published }: MetricDefinition = metrics[name];
  return dependencies
    .filter((dependency) => published.includes(dependency))
    .map((dependency) => ownSeries(name, environment, { dependency }));
};

/** How many series of ours the widgets show that are billed every month. */
export const billedSeries = (widgets: readonly Widget[]): number => {
  const catalogue: Readonly<Record<string, MetricDefinition>> = metrics;
  const shown = widgets
    .flatMap((widget) => (widget.kind === 'metric' ? widget.series : []))
    .filter((one) => 'metric' in one && one.namespace === namespace && !catalogue[one.metric]?.sparse)
    .map((one) => 'metric' in one && JSON.stringify([one.metric, one.dimensions]));
  return new Set(shown).size;
};
