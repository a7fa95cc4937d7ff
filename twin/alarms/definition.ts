import type { Series, Statistic } from '../metrics/index.ts';
import type { Resolve, TemplateResource } from '../template/index.ts';
import type { DecisionRule, MissingData } from './decision.ts';

export type Comparison =
  | 'GreaterThanThreshold'
  | 'GreaterThanOrEqualToThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold';

/** A single-metric alarm as the template defines it. */
export interface AlarmDefinition extends DecisionRule {
  name: string;
  description: string;
  series: Series;
  statistic: Statistic;
  /** Seconds. */
  period: number;
  unit?: string;
  threshold: number;
  comparison: Comparison;
  /** ARNs that are told of a change to each state; none while `ActionsEnabled` is false. */
  actions: Record<'ALARM' | 'OK' | 'INSUFFICIENT_DATA', string[]>;
}

/** An alarm that the evaluator does not implement, or that CloudWatch would not create. */
export class AlarmRefused extends Error {
  override name = 'AlarmRefused';
}

const statistics = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'] as const;
const comparisons = [
  'GreaterThanThreshold',
  'GreaterThanOrEqualToThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
] as const;
const missingData = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

/** Properties that are understood. Any other one changes the meaning in a way that is not implemented. */
const understood = new Set([
  ...['AlarmName', 'AlarmDescription', 'ActionsEnabled', 'AlarmActions', 'OKActions', 'Tags'],
  ...['InsufficientDataActions', 'Namespace', 'MetricName', 'Dimensions', 'Period', 'Statistic', 'Unit'],
  ...['Threshold', 'ComparisonOperator', 'EvaluationPeriods', 'DatapointsToAlarm', 'TreatMissingData'],
]);

const day = 86_400;

/**
 * Reads an `AWS::CloudWatch::Alarm`.
 * @throws AlarmRefused naming alarm and property, for metric math, percentiles and everything else that is
 * not implemented, and for what breaks CloudWatch's limits
 */
export const readAlarm = (
  { properties, stack, logicalId }: TemplateResource,
  resolve: Resolve,
): AlarmDefinition => {
  const property = <T>(name: string): T => resolve(properties[name], stack) as T;
  const name = property<string | undefined>('AlarmName') ?? `${stack.name}-${logicalId}`;
  const refuse = (what: string, why: string): never => {
    throw new AlarmRefused(`Alarm ${name}: ${what} ${why}`);
  };
  for (const key of Object.keys(properties))
    if (!understood.has(key)) refuse(key, 'is not implemented by the evaluator.');

  const oneOf = <T extends string>(key: string, known: readonly T[], otherwise?: T): T => {
    const value = property<T | undefined>(key) ?? otherwise;
    if (value === undefined || !known.includes(value))
      return refuse(key, `must be one of ${known.join(', ')}, not ${JSON.stringify(value)}.`);
    return value;
  };
  const whole = (key: string, otherwise?: number): number => {
    const value = property<number | undefined>(key) ?? otherwise;
    if (!Number.isInteger(value) || Number(value) < 1)
      return refuse(key, `must be a whole number of at least 1, not ${JSON.stringify(value)}.`);
    return Number(value);
  };
  const text = (key: string): string => {
    const value = property<unknown>(key);
    return typeof value === 'string' && value !== '' ? value : refuse(key, 'is missing.');
  };

  const period = whole('Period');
  if (![10, 20, 30].includes(period) && period % 60 !== 0)
    refuse('Period', `must be 10, 20, 30 or a multiple of 60 seconds, not ${period}.`);
  const evaluationPeriods = whole('EvaluationPeriods');
  const datapointsToAlarm = whole('DatapointsToAlarm', evaluationPeriods);
  if (datapointsToAlarm > evaluationPeriods)
    refuse(
      'DatapointsToAlarm',
      `is ${datapointsToAlarm}, more than EvaluationPeriods, ${evaluationPeriods}.`,
    );
  const range = evaluationPeriods * period;
  if (range > (period < 3600 ? day : 7 * day))
    refuse('EvaluationPeriods', `times Period is ${range} s, longer than CloudWatch looks back.`);
  const threshold = property<unknown>('Threshold');
  if (typeof threshold !== 'number')
    refuse('Threshold', `must be a number, not ${JSON.stringify(threshold)}.`);

  const dimensions = property<{ Name: string; Value: unknown }[] | undefined>('Dimensions') ?? [];
  const enabled = property<boolean | undefined>('ActionsEnabled') ?? true;
  const actions = (key: string): string[] =>
    enabled ? (property<unknown[] | undefined>(key) ?? []).map(String) : [];
  for (const key of ['AlarmActions', 'OKActions', 'InsufficientDataActions'])
    if (actions(key).length > 5) refuse(key, `names ${actions(key).length} actions; at most 5.`);
  const unit = property<string | undefined>('Unit');
  return {
    name,
    description: property<string | undefined>('AlarmDescription') ?? '',
    series: {
      namespace: text('Namespace'),
      name: text('MetricName'),
      dimensions: Object.fromEntries(dimensions.map(({ Name: key, Value: value }) => [key, String(value)])),
    },
    statistic: oneOf('Statistic', statistics),
    period,
    ...(unit !== undefined && { unit }),
    threshold: Number(threshold),
    comparison: oneOf('ComparisonOperator', comparisons),
    evaluationPeriods,
    datapointsToAlarm,
    treatMissingData: oneOf<MissingData>('TreatMissingData', missingData, 'missing'),
    actions: {
      ALARM: actions('AlarmActions'),
      OK: actions('OKActions'),
      INSUFFICIENT_DATA: actions('InsufficientDataActions'),
    },
  };
};
