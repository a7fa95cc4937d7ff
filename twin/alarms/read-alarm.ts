import { MathRefused, type MetricDataQuery, readMathQueries } from '../metric-math/index.ts';
import { isPercentile, type Percentile, type Statistic } from '../metrics/index.ts';
import type { Resolve, TemplateResource } from '../template/index.ts';
import { type AlarmProperties, readProperties, sharedProperties } from './alarm-properties.ts';
import type { MissingData } from './decision.ts';
import type { MathAlarmDefinition, MetricAlarmDefinition } from './definition.ts';

const statistics = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'] as const;
const comparisons = [
  'GreaterThanThreshold',
  'GreaterThanOrEqualToThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
] as const;
const missingData = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

/** Properties that an alarm on one metric has and one on an expression must not have. */
const ofOneMetric = [
  ...['Namespace', 'MetricName', 'Dimensions', 'Period', 'Statistic', 'ExtendedStatistic', 'Unit'],
  'EvaluateLowSampleCountPercentile',
];

/** Properties that are understood. Any other one changes the meaning in a way that is not implemented. */
const understood = [
  ...sharedProperties,
  ...ofOneMetric,
  ...['Metrics', 'Threshold', 'ComparisonOperator', 'EvaluationPeriods', 'DatapointsToAlarm'],
  'TreatMissingData',
];

const day = 86_400;

/** What is compared when, for both kinds; `property` is where the period stands. */
const readComparison = (alarm: AlarmProperties, period: unknown, property: string) => {
  if (!Number.isInteger(period) || Number(period) < 1)
    return alarm.refuse(property, `must be a whole number of at least 1, not ${JSON.stringify(period)}.`);
  const seconds = Number(period);
  if (![10, 20, 30].includes(seconds) && seconds % 60 !== 0)
    alarm.refuse(property, `must be 10, 20, 30 or a multiple of 60 seconds, not ${seconds}.`);
  const evaluationPeriods = alarm.whole('EvaluationPeriods');
  const datapointsToAlarm = alarm.whole('DatapointsToAlarm', evaluationPeriods);
  if (datapointsToAlarm > evaluationPeriods)
    alarm.refuse(
      'DatapointsToAlarm',
      `is ${datapointsToAlarm}, more than EvaluationPeriods, ${evaluationPeriods}.`,
    );
  const range = evaluationPeriods * seconds;
  const longest = seconds < 3600 ? day : 7 * day;
  if (range > longest)
    alarm.refuse(
      'EvaluationPeriods',
      `times Period is ${range} s, longer than CloudWatch looks back; at most ${longest} s.`,
    );
  const threshold = alarm.get<unknown>('Threshold');
  if (typeof threshold !== 'number')
    return alarm.refuse('Threshold', `must be a number, not ${JSON.stringify(threshold)}.`);
  return {
    name: alarm.name,
    description: alarm.description,
    period: seconds,
    evaluationPeriods,
    datapointsToAlarm,
    threshold,
    comparison: alarm.oneOf('ComparisonOperator', comparisons),
    treatMissingData: alarm.oneOf<MissingData>('TreatMissingData', missingData, 'missing'),
    actions: alarm.actions(),
  };
};

const readMath = (alarm: AlarmProperties): MathAlarmDefinition => {
  const both = alarm.names.find((name) => ofOneMetric.includes(name));
  if (both !== undefined) alarm.refuse(both, 'must not stand beside Metrics; it belongs into a MetricStat.');
  try {
    const { queries, result, period } = readMathQueries(alarm.get<MetricDataQuery[]>('Metrics') ?? []);
    return { kind: 'math', ...readComparison(alarm, period, 'Period in Metrics'), queries, result };
  } catch (error) {
    if (!(error instanceof MathRefused)) throw error;
    const message = `cannot be evaluated: ${error.message}.`;
    return error.invalid ? alarm.refuse('Metrics', message) : alarm.notImplemented('Metrics', message);
  }
};

const readStatistic = (alarm: AlarmProperties): Statistic | Percentile => {
  const extended = alarm.get<unknown>('ExtendedStatistic');
  if (extended === undefined) return alarm.oneOf('Statistic', statistics);
  if (alarm.get('Statistic') !== undefined)
    alarm.refuse('ExtendedStatistic', 'must not stand beside Statistic.');
  if (isPercentile(extended)) return extended;
  return alarm.notImplemented(
    'ExtendedStatistic',
    `must be a percentile such as p99, not ${JSON.stringify(extended)}: the evaluator implements no other.`,
  );
};

const readClassic = (alarm: AlarmProperties): MetricAlarmDefinition => {
  const dimensions = alarm.get<{ Name: string; Value: unknown }[]>('Dimensions') ?? [];
  const unit = alarm.get<string>('Unit');
  const statistic = readStatistic(alarm);
  const fewSamples = alarm.oneOf('EvaluateLowSampleCountPercentile', ['evaluate', 'ignore'], 'evaluate');
  if (!isPercentile(statistic) && alarm.get('EvaluateLowSampleCountPercentile') !== undefined)
    alarm.refuse('EvaluateLowSampleCountPercentile', 'is for percentiles only.');
  const namespace = alarm.text('Namespace');
  return {
    kind: 'metric',
    ...readComparison(alarm, alarm.get('Period'), 'Period'),
    // "Alarms that evaluate metrics in the AWS/DynamoDB namespace always ignore missing data."
    ...(namespace === 'AWS/DynamoDB' && { treatMissingData: 'ignore' as const }),
    series: {
      namespace,
      name: alarm.text('MetricName'),
      dimensions: Object.fromEntries(dimensions.map(({ Name: key, Value: value }) => [key, String(value)])),
    },
    statistic,
    ...(unit !== undefined && { unit }),
    ...(fewSamples === 'ignore' && { keepStateOnFewSamples: true }),
  };
};

/**
 * Reads an `AWS::CloudWatch::Alarm`.
 * @throws AlarmRefused naming alarm and property, for everything that is not implemented, and for what breaks
 * CloudWatch's limits
 */
export const readAlarm = (
  resource: TemplateResource,
  resolve: Resolve,
): MetricAlarmDefinition | MathAlarmDefinition => {
  const alarm = readProperties(resource, resolve);
  alarm.onlyUnderstood(understood);
  return alarm.names.includes('Metrics') ? readMath(alarm) : readClassic(alarm);
};
