import type { Alarm, AlarmDefinition, Transition } from '../alarms/index.ts';
import { account, arn } from '../template/index.ts';

/** How CloudWatch writes a time: ISO 8601 without a colon in its zone. */
export const timestamp = (at: number): string => new Date(at).toISOString().replace('Z', '+0000');

/** Names of Regions as CloudWatch writes them; the twin has one. */
const regionName = 'US East (N. Virginia)';

const dimensionList = (dimensions: Record<string, string>) =>
  Object.entries(dimensions).map(([name, value]) => ({ value, name }));

/** What is compared, as the message of an alarm on metrics has it. */
const triggerOf = (definition: Exclude<AlarmDefinition, { kind: 'composite' }>): object => {
  const compared = {
    Period: definition.period,
    EvaluationPeriods: definition.evaluationPeriods,
    DatapointsToAlarm: definition.datapointsToAlarm,
    ComparisonOperator: definition.comparison,
    Threshold: definition.threshold,
    TreatMissingData: definition.treatMissingData,
    EvaluateLowSampleCountPercentile: '',
  };
  if (definition.kind === 'math')
    return {
      ...compared,
      Metrics: definition.queries.map((query) =>
        query.kind === 'expression'
          ? { Id: query.id, Expression: query.text, ReturnData: query.id === definition.result }
          : {
              Id: query.id,
              MetricStat: {
                Metric: {
                  Dimensions: dimensionList(query.series.dimensions),
                  MetricName: query.series.name,
                  Namespace: query.series.namespace,
                },
                Period: definition.period,
                Stat: query.statistic,
              },
              ReturnData: query.id === definition.result,
            },
      ),
    };
  const { series, statistic, unit } = definition;
  return {
    MetricName: series.name,
    Namespace: series.namespace,
    ...(statistic.startsWith('p')
      ? { StatisticType: 'ExtendedStatistic', ExtendedStatistic: statistic }
      : { StatisticType: 'Statistic', Statistic: statistic.toUpperCase() }),
    Unit: unit ?? null,
    Dimensions: dimensionList(series.dimensions),
    ...compared,
  };
};

/** What a composite alarm's message has in place of a trigger. */
const childrenOf = ({ triggeredBy = [], at }: Transition, alarms: readonly Alarm[]): object[] =>
  triggeredBy.flatMap((name) => {
    const child = alarms.find(({ definition }) => definition.name === name);
    if (!child) return [];
    const state = { Value: child.state, Timestamp: timestamp(child.since ?? at) };
    return [{ Arn: arn('cloudwatch', `alarm:${name}`), State: state }];
  });

/**
 * The message that CloudWatch publishes for an alarm (CloudWatch user guide, "Notify users on alarm changes"; recorded
 * examples stand in aws-lambda-go, events/testdata/cloudwatch-alarm-sns-payload-*.json).
 */
export const alarmMessage = (
  { definition }: Alarm,
  transition: Transition,
  alarms: readonly Alarm[],
): object => ({
  AlarmName: definition.name,
  AlarmDescription: definition.description,
  AWSAccountId: account,
  AlarmConfigurationUpdatedTimestamp: timestamp(0),
  NewStateValue: transition.to,
  NewStateReason: transition.reason,
  StateChangeTime: timestamp(transition.at),
  Region: regionName,
  AlarmArn: arn('cloudwatch', `alarm:${definition.name}`),
  OldStateValue: transition.from,
  OKActions: definition.actions.OK,
  AlarmActions: definition.actions.ALARM,
  InsufficientDataActions: definition.actions.INSUFFICIENT_DATA,
  ...(definition.kind === 'composite'
    ? { AlarmRule: definition.ruleText, TriggeringChildren: childrenOf(transition, alarms) }
    : { Trigger: triggerOf(definition) }),
});

/** The subject of that message. */
export const alarmSubject = ({ alarm, to }: Transition): string => `${to}: "${alarm}" in ${regionName}`;
