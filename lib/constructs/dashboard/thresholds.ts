import { CfnAlarm, type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Line, MetricWidget } from './widget.ts';

/** Alarms by the condition that they tell, which is the last part of their names. */
export type AlarmsByCondition = ReadonlyMap<string, IAlarm>;

/** As the alarm itself has it, so that a graph cannot show another one; an imported alarm says nothing of it. */
const definitionOf = (alarm: IAlarm): CfnAlarm | undefined => {
  const { defaultChild } = alarm.node;
  return defaultChild instanceof CfnAlarm ? defaultChild : undefined;
};

/** The thresholds of alarms that watch what a widget shows: the same metric by the same statistic. */
export const thresholdLines = (
  { series, watchedBy = [] }: MetricWidget,
  alarms: AlarmsByCondition,
): (Line & { fill: 'above' | 'below' })[] =>
  watchedBy.flatMap((condition) => {
    const alarm = alarms.get(condition);
    const definition = alarm && definitionOf(alarm);
    if (definition?.threshold === undefined) return [];
    const statistic = definition.statistic ?? definition.extendedStatistic;
    const shown = series.some(
      (one) => 'metric' in one && one.metric === definition.metricName && one.stat === statistic,
    );
    const fill = definition.comparisonOperator?.startsWith('Less') ? 'below' : 'above';
    return shown ? [{ value: definition.threshold, label: condition, fill }] : [];
  });

/** Metrics of an alarm, each of which is billed; an imported one is taken to have one. */
export const metricsOf = (alarm: IAlarm): number => {
  const { metrics } = definitionOf(alarm) ?? {};
  return Array.isArray(metrics) ? metrics.filter((one) => 'metricStat' in one && one.metricStat).length : 1;
};
