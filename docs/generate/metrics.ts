import {
  type MetricDefinition,
  metrics,
  monthlyCost,
  namespace,
  pricePerMetricMonth,
  seriesCount,
} from '../../core/metrics/index.ts';
import { heading, table } from './table.ts';

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

const row = ([name, metric]: [string, MetricDefinition]): string[] => {
  const series = Math.max(1, metric.dependencies.length);
  return [
    `\`${name}\``,
    metric.unit,
    metric.dimensions.join(', '),
    metric.dependencies.join(', '),
    metric.statistic,
    metric.doc,
    String(series),
    dollars(series * pricePerMetricMonth),
  ];
};

export const metricsPage = (): string => {
  const head = ['metric', 'unit', 'dimensions', 'dependencies', 'statistic', 'meaning', 'series', 'a month'];
  return [
    heading('Metrics', 'core/metrics/catalogue.ts'),
    `Namespace \`${namespace}\`. Every metric has one set of dimensions; causes, phases and addresses are in the
log lines, where they cost nothing. The statistic is the one that is right across tasks and runs.

With every dependency on, an environment has ${seriesCount()} series: **${dollars(monthlyCost())} a month** at
the list price of ${dollars(pricePerMetricMonth)} each. Log lines are billed apart.`,
    table(head, Object.entries<MetricDefinition>(metrics).map(row)),
  ].join('\n\n');
};
