import { arn } from '../template/index.ts';
import type { EvaluatedPoint } from './datapoints.ts';
import type { AlarmState } from './decision.ts';
import type { Comparison, MathAlarmDefinition, MetricAlarmDefinition } from './definition.ts';

/** Reasons in the words of CloudWatch, as its sample events have them. */

const words: Record<Comparison, [crossed: string, not: string]> = {
  GreaterThanThreshold: ['greater than', 'not greater than'],
  GreaterThanOrEqualToThreshold: ['greater than or equal to', 'not greater than or equal to'],
  LessThanThreshold: ['less than', 'not less than'],
  LessThanOrEqualToThreshold: ['less than or equal to', 'not less than or equal to'],
};

/** A number as Java writes a double: 50.0, 1.0E7. */
export const asDouble = (value: number): string => {
  const size = Math.abs(value);
  if (value !== 0 && (size >= 1e7 || size < 1e-3)) {
    const [mantissa = '', exponent = ''] = value.toExponential().split('e');
    return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent.replace('+', '')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : `${value}`;
};

/** 02/10/19 16:59:00 */
const asTime = (time: number): string => {
  const [date = '', clock = ''] = new Date(time).toISOString().split('T');
  const [year = '', month, day] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${clock.slice(0, 8)}`;
};

const datapoints = (count: number, before = ''): string =>
  `${count}${before && ` ${before}`} datapoint${count === 1 ? '' : 's'}`;
const was = (count: number): string => (count === 1 ? 'was' : 'were');

/** Why an alarm on a metric or on metric math is in a state, for the datapoints of its evaluation range. */
export const thresholdReason = (
  definition: MetricAlarmDefinition | MathAlarmDefinition,
  points: readonly (EvaluatedPoint | undefined)[],
  state: AlarmState,
): string => {
  const { evaluationPeriods: n, datapointsToAlarm: m, threshold, comparison, treatMissingData } = definition;
  if (state === 'INSUFFICIENT_DATA') return `Insufficient Data: ${datapoints(n)} ${was(n)} unknown.`;
  const real = points.filter((point) => point !== undefined).slice(-n);
  const missing = n - real.length;
  const treated = `${datapoints(missing, 'missing')} ${was(missing)} treated as [${treatMissingData === 'breaching' ? 'Breaching' : 'NonBreaching'}]`;
  if (real.length === 0)
    return `Threshold Crossed: no datapoints were received for ${n} period${n === 1 ? '' : 's'} and ${treated}.`;

  const crossed = state === 'ALARM';
  // Newest first.
  const subject = real.filter(({ breaching }) => breaching === crossed).toReversed();
  const listed = subject.map(({ value, start }) => `${asDouble(value)} (${asTime(start)})`).join(', ');
  const fills = missing > 0 && (treatMissingData === 'breaching' || treatMissingData === 'notBreaching');
  // Of N datapoints N - M + 1 must be good for M not to breach.
  const [minimum, change] = crossed ? [m, 'OK -> ALARM'] : [n - m + 1, 'ALARM -> OK'];
  return (
    `Threshold Crossed: ${subject.length} out of the last ${n} datapoints [${listed}] ${was(subject.length)} ` +
    `${words[comparison][crossed ? 0 : 1]} the threshold (${asDouble(threshold)})` +
    `${fills ? ` and ${treated}` : ''} (minimum ${datapoints(minimum)} for ${change} transition).`
  );
};

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October'],
  ...['November', 'December'],
];

export const alarmArn = (name: string): string => arn('cloudwatch', `alarm:${name}`);

/** Why a composite alarm has changed: the child that changed. */
export const compositeReason = (child: { name: string; state: AlarmState; since: number }): string => {
  const date = new Date(child.since);
  const day = `${days[date.getUTCDay()]} ${date.getUTCDate()} ${months[date.getUTCMonth()]}, ${date.getUTCFullYear()}`;
  return `${alarmArn(child.name)} transitioned to ${child.state} at ${day} ${date.toISOString().slice(11, 19)} UTC`;
};
