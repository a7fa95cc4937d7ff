import {
  denseSeriesCount,
  type MetricDefinition,
  metrics,
  monthlyCost,
  namespace,
  pricePerMetricMonth,
  seriesCount,
  seriesOf,
} from '../../core/metrics/index.ts';
import { heading, table } from './table.ts';

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

const row = ([name, metric]: [string, MetricDefinition]): string[] => {
  const series = seriesOf(metric);
  return [
    `\`${name}\``,
    metric.unit,
    metric.dimensions.join(', '),
    metric.dependencies.join(', '),
    metric.statistic,
    metric.doc,
    String(series),
    metric.sparse ? 'when it happens' : dollars(series * pricePerMetricMonth),
  ];
};

export const metricsPage = (): string => {
  const head = ['metric', 'unit', 'dimensions', 'dependencies', 'statistic', 'meaning', 'series', 'a month'];
  return [
    heading('Metrics', 'core/metrics/catalogue.ts'),
    `Namespace \`${namespace}\`. Every metric has one set of dimensions; causes, phases and addresses are in the
log lines, where they cost nothing. The statistic is the one that is right across tasks and runs.

With every dependency on, an environment has ${denseSeriesCount()} series with data in every hour:
**${dollars(monthlyCost())} a month** at the list price of ${dollars(pricePerMetricMonth)} each. The other
${seriesCount() - denseSeriesCount()} have data only when something happens, and cost $${(pricePerMetricMonth / 730).toFixed(4)} for each hour in which it
does. Log lines are billed apart.`,
    table(head, Object.entries<MetricDefinition>(metrics).map(row)),
  ].join('\n\n');
};
