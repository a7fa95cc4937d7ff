import type { Alarm, Transition } from '../alarms/index.ts';
import { account, arn } from '../template/index.ts';

/** How CloudWatch writes a time: ISO 8601 without a colon in its zone. */
const timestamp = (at: number): string => new Date(at).toISOString().replace('Z', '+0000');

/** Names of Regions as CloudWatch writes them; the twin has one. */
const regionName = 'US East (N. Virginia)';

/**
 * The message that CloudWatch publishes for a metric alarm (CloudWatch user guide, "Notify users on alarm changes";
 * recorded examples stand in aws-lambda-go, events/testdata/cloudwatch-alarm-sns-payload-single-metric.json).
 */
export const alarmMessage = ({ definition }: Alarm, { from, to, at, reason }: Transition): object => ({
  AlarmName: definition.name,
  AlarmDescription: definition.description,
  AWSAccountId: account,
  AlarmConfigurationUpdatedTimestamp: timestamp(0),
  NewStateValue: to,
  NewStateReason: reason,
  StateChangeTime: timestamp(at),
  Region: regionName,
  AlarmArn: arn('cloudwatch', `alarm:${definition.name}`),
  OldStateValue: from,
  OKActions: definition.actions.OK,
  AlarmActions: definition.actions.ALARM,
  InsufficientDataActions: definition.actions.INSUFFICIENT_DATA,
  Trigger: {
    MetricName: definition.series.name,
    Namespace: definition.series.namespace,
    StatisticType: 'Statistic',
    Statistic: definition.statistic.toUpperCase(),
    Unit: definition.unit ?? null,
    Dimensions: Object.entries(definition.series.dimensions).map(([name, value]) => ({ value, name })),
    Period: definition.period,
    EvaluationPeriods: definition.evaluationPeriods,
    DatapointsToAlarm: definition.datapointsToAlarm,
    ComparisonOperator: definition.comparison,
    Threshold: definition.threshold,
    TreatMissingData: definition.treatMissingData,
    EvaluateLowSampleCountPercentile: '',
  },
});

/** The subject of that message. */
export const alarmSubject = ({ alarm, to }: Transition): string => `${to}: "${alarm}" in ${regionName}`;
