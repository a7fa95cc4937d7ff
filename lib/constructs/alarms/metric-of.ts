import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import { namespace } from '../../../core/metrics/index.ts';
import type { Measured, SeriesRef, Statistic } from './alarm-row.ts';

const seriesMetric = (
  series: SeriesRef & { statistic: Statistic },
  environment: string,
  period: Duration,
): Metric =>
  'metric' in series
    ? new Metric({
        namespace,
        metricName: series.metric,
        dimensionsMap: {
          Environment: environment,
          ...(series.dependency !== undefined && { Dependency: series.dependency }),
        },
        statistic: series.statistic,
        period,
      })
    : new Metric({
        namespace: series.namespace,
        metricName: series.metricName,
        dimensionsMap: { ...series.dimensions },
        statistic: series.statistic,
        period,
      });

/** What the alarm watches, as CloudWatch wants it. */
export const metricOf = (measured: Measured, environment: string, periodSeconds: number): IMetric => {
  const period = Duration.seconds(periodSeconds);
  if (!('expression' in measured)) return seriesMetric(measured, environment, period);
  return new MathExpression({
    expression: measured.expression,
    usingMetrics: Object.fromEntries(
      Object.entries(measured.of).map(([id, series]) => [id, seriesMetric(series, environment, period)]),
    ),
    period,
  });
};
