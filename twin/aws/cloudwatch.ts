import { type Alarm, type AlarmEvaluator, alarmArn } from '../alarms/index.ts';
import { AwsError, type Operations } from './answer.ts';

/** The alarms of the twin, once they are evaluated. */
export interface AlarmSource {
  evaluator?: AlarmEvaluator;
}

const seconds = (ms: number): number => ms / 1000;

const dimensionList = (dimensions: Record<string, string>): { Name: string; Value: string }[] =>
  Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

const shared = ({ definition: { name, description, actions }, state, reason, since }: Alarm) => ({
  AlarmName: name,
  AlarmArn: alarmArn(name),
  AlarmDescription: description,
  AlarmActions: actions?.ALARM,
  OKActions: actions?.OK,
  StateValue: state,
  StateReason: reason,
  StateUpdatedTimestamp: seconds(since),
  StateTransitionedTimestamp: seconds(since),
});

const metricAlarm = (alarm: Alarm): Record<string, unknown>[] => {
  const { definition } = alarm;
  if (definition.kind === 'composite') return [];
  if (definition.kind === 'metric')
    return [
      {
        ...shared(alarm),
        Namespace: definition.series.namespace,
        MetricName: definition.series.name,
        Dimensions: dimensionList(definition.series.dimensions),
      },
    ];
  const metrics = definition.queries.map((query) =>
    query.kind === 'expression'
      ? { Id: query.id, Expression: query.text, ReturnData: query.id === definition.result }
      : {
          Id: query.id,
          MetricStat: {
            Metric: {
              Namespace: query.series.namespace,
              MetricName: query.series.name,
              Dimensions: dimensionList(query.series.dimensions),
            },
            Period: definition.period,
            Stat: query.statistic,
            Unit: query.unit,
          },
          ReturnData: query.id === definition.result,
        },
  );
  return [{ ...shared(alarm), Metrics: metrics }];
};

const compositeAlarm = (alarm: Alarm): Record<string, unknown>[] => {
  const { definition, actionsSuppressedBy, actionsSuppressedReason } = alarm;
  if (definition.kind !== 'composite') return [];
  const { suppressor, ruleText } = definition;
  return [
    {
      ...shared(alarm),
      AlarmRule: ruleText,
      ActionsSuppressedBy: actionsSuppressedBy,
      ActionsSuppressedReason: actionsSuppressedReason,
      ...(suppressor && {
        ActionsSuppressor: alarmArn(suppressor.alarm),
        ActionsSuppressorWaitPeriod: suppressor.waitSeconds,
        ActionsSuppressorExtensionPeriod: suppressor.extensionSeconds,
      }),
    },
  ];
};

/** What CloudWatch says of its alarms: their state, since when, and their changes of state. */
export const cloudWatchOperations = (source: AlarmSource): Operations => ({
  // Composite alarms are given only when they are asked for, as CloudWatch does.
  DescribeAlarms: ({ StateValue: wanted, AlarmTypes: types = ['MetricAlarm'], AlarmNames: names }) => {
    const alarms = (source.evaluator?.alarms ?? []).filter(
      ({ definition, state }) =>
        (wanted === undefined || state === wanted) &&
        (!Array.isArray(names) || names.includes(definition.name)),
    );
    const asked = (type: string): boolean => Array.isArray(types) && types.includes(type);
    return {
      MetricAlarms: asked('MetricAlarm') ? alarms.flatMap(metricAlarm) : [],
      CompositeAlarms: asked('CompositeAlarm') ? alarms.flatMap(compositeAlarm) : [],
    };
  },
  DescribeAlarmHistory: ({ AlarmName: name, MaxRecords: most = 100 }) => {
    if (typeof name !== 'string')
      throw new AwsError('ValidationError', 'The twin describes the history of one alarm: give AlarmName.');
    const { transitions = [], alarms = [] } = source.evaluator ?? {};
    const composite = alarms.some(
      ({ definition }) => definition.name === name && definition.kind === 'composite',
    );
    return {
      AlarmHistoryItems: transitions
        .filter(({ alarm }) => alarm === name)
        .toReversed()
        .slice(0, Number(most))
        .map(({ from, to, at, reason }) => ({
          AlarmName: name,
          AlarmType: composite ? 'CompositeAlarm' : 'MetricAlarm',
          Timestamp: seconds(at),
          HistoryItemType: 'StateUpdate',
          HistorySummary: `Alarm updated from ${from} to ${to}`,
          HistoryData: JSON.stringify({
            version: '1.0',
            oldState: { stateValue: from },
            newState: { stateValue: to, stateReason: reason },
          }),
        })),
    };
  },
});
