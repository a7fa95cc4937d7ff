import { type MetricDataQuery, readMathPeriod, readMathQueries } from '../metric-math/index.ts';
import { isPercentile, type Percentile, type Statistic } from '../metrics/index.ts';
import { Refused, readAll, readEach } from '../refused.ts';
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

const readPeriod = (alarm: AlarmProperties, period: unknown, property: string): number => {
  if (!Number.isInteger(period) || Number(period) < 1)
    return alarm.refuse(property, `must be a whole number of at least 1, not ${JSON.stringify(period)}.`);
  const seconds = Number(period);
  if (![10, 20, 30].includes(seconds) && seconds % 60 !== 0)
    alarm.refuse(property, `must be 10, 20, 30 or a multiple of 60 seconds, not ${seconds}.`);
  return seconds;
};

const readDatapoints = (alarm: AlarmProperties) => {
  const evaluationPeriods = alarm.whole('EvaluationPeriods');
  const datapointsToAlarm = alarm.whole('DatapointsToAlarm', evaluationPeriods);
  if (datapointsToAlarm > evaluationPeriods)
    alarm.refuse(
      'DatapointsToAlarm',
      `is ${datapointsToAlarm}, more than EvaluationPeriods, ${evaluationPeriods}.`,
    );
  return { evaluationPeriods, datapointsToAlarm };
};

const readWindow = (alarm: AlarmProperties, period: () => number) => {
  const { seconds, datapoints } = readAll({ seconds: period, datapoints: () => readDatapoints(alarm) });
  const range = datapoints.evaluationPeriods * seconds;
  const longest = seconds < 3600 ? day : 7 * day;
  if (range > longest)
    alarm.refuse(
      'EvaluationPeriods',
      `times Period is ${range} s, longer than CloudWatch looks back; at most ${longest} s.`,
    );
  return { period: seconds, ...datapoints };
};

const readThreshold = (alarm: AlarmProperties): number => {
  const threshold = alarm.get<unknown>('Threshold');
  return typeof threshold === 'number'
    ? threshold
    : alarm.refuse('Threshold', `must be a number, not ${JSON.stringify(threshold)}.`);
};

/** What is compared when, for both kinds. */
const readComparison = (alarm: AlarmProperties, period: () => number) => {
  const { window, ...compared } = readAll({
    window: () => readWindow(alarm, period),
    threshold: () => readThreshold(alarm),
    comparison: () => alarm.oneOf('ComparisonOperator', comparisons),
    treatMissingData: () => alarm.oneOf<MissingData>('TreatMissingData', missingData, 'missing'),
    actions: () => alarm.actions(),
  });
  return { name: alarm.name, description: alarm.description, ...window, ...compared };
};

/** What is wrong in `Metrics`, as a refusal of the alarm. */
const inMetrics = <T>(alarm: AlarmProperties, read: (metrics: readonly MetricDataQuery[]) => T): T => {
  try {
    return read(alarm.get<MetricDataQuery[]>('Metrics') ?? []);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    readEach(error.all, ({ message, invalid }) => {
      const why = `cannot be evaluated: ${message}.`;
      return invalid ? alarm.refuse('Metrics', why) : alarm.notImplemented('Metrics', why);
    });
    throw error;
  }
};

const readMath = (alarm: AlarmProperties): MathAlarmDefinition => {
  const { math, compared } = readAll({
    alone: () => {
      const both = alarm.names.find((name) => ofOneMetric.includes(name));
      if (both !== undefined)
        alarm.refuse(both, 'must not stand beside Metrics; it belongs into a MetricStat.');
    },
    math: () => inMetrics(alarm, readMathQueries),
    compared: () =>
      readComparison(alarm, () => readPeriod(alarm, inMetrics(alarm, readMathPeriod), 'Period in Metrics')),
  });
  return { kind: 'math', ...compared, ...math };
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

/** What becomes of percentiles of few samples. */
const readFewSamples = (alarm: AlarmProperties): 'evaluate' | 'ignore' => {
  const property = 'EvaluateLowSampleCountPercentile';
  if (alarm.get(property) !== undefined && alarm.get('ExtendedStatistic') === undefined)
    alarm.refuse(property, 'is for percentiles only.');
  return alarm.oneOf(property, ['evaluate', 'ignore'], 'evaluate');
};

const readClassic = (alarm: AlarmProperties): MetricAlarmDefinition => {
  const dimensions = alarm.get<{ Name: string; Value: unknown }[]>('Dimensions') ?? [];
  const unit = alarm.get<string>('Unit');
  const { compared, fewSamples, namespace, name, statistic } = readAll({
    compared: () => readComparison(alarm, () => readPeriod(alarm, alarm.get('Period'), 'Period')),
    fewSamples: () => readFewSamples(alarm),
    namespace: () => alarm.text('Namespace'),
    name: () => alarm.text('MetricName'),
    statistic: () => readStatistic(alarm),
  });
  return {
    kind: 'metric',
    ...compared,
    // "Alarms that evaluate metrics in the AWS/DynamoDB namespace always ignore missing data."
    ...(namespace === 'AWS/DynamoDB' && { treatMissingData: 'ignore' as const }),
    series: {
      namespace,
      name,
      dimensions: Object.fromEntries(dimensions.map(({ Name: key, Value: value }) => [key, String(value)])),
    },
    statistic,
    ...(unit !== undefined && { unit }),
    ...(fewSamples === 'ignore' && { keepStateOnFewSamples: true }),
  };
};

/**
 * Reads an `AWS::CloudWatch::Alarm`.
 * @throws Refused naming alarm and property, for everything that is not implemented, and for everything that breaks
 * CloudWatch's limits
 */
export const readAlarm = (
  resource: TemplateResource,
  resolve: Resolve,
): MetricAlarmDefinition | MathAlarmDefinition => {
  const alarm = readProperties(resource, resolve);
  return readAll({
    definition: () => (alarm.names.includes('Metrics') ? readMath(alarm) : readClassic(alarm)),
    understood: () => alarm.onlyUnderstood(understood),
  }).definition;
};
