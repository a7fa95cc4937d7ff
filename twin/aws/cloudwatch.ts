import type { AlarmEvaluator } from '../alarms/index.ts';
import { arn } from '../template/index.ts';
import { AwsError, type Operations } from './answer.ts';

/** The alarms of the twin, once they are evaluated. */
export interface AlarmSource {
  evaluator?: AlarmEvaluator;
}

const seconds = (ms: number): number => ms / 1000;

/** What CloudWatch says of its alarms: their state, since when, and their changes of state. */
export const cloudWatchOperations = (source: AlarmSource): Operations => ({
  DescribeAlarms: ({ StateValue: wanted, AlarmNamePrefix: prefix = '' }) => ({
    MetricAlarms: (source.evaluator?.alarms ?? [])
      .filter(({ state }) => wanted === undefined || state === wanted)
      .filter(({ definition }) => definition.name.startsWith(String(prefix)))
      .map(({ definition, state, reason, since }) => ({
        AlarmName: definition.name,
        AlarmArn: arn('cloudwatch', `alarm:${definition.name}`),
        AlarmDescription: definition.description,
        // One whose actions are off has none here.
        ActionsEnabled: true,
        AlarmActions: definition.actions.ALARM,
        OKActions: definition.actions.OK,
        InsufficientDataActions: definition.actions.INSUFFICIENT_DATA,
        Namespace: definition.series.namespace,
        MetricName: definition.series.name,
        Dimensions: Object.entries(definition.series.dimensions).map(([Name, Value]) => ({ Name, Value })),
        StateValue: state,
        StateReason: reason,
        StateUpdatedTimestamp: seconds(since),
        StateTransitionedTimestamp: seconds(since),
      })),
    CompositeAlarms: [],
  }),
  DescribeAlarmHistory: ({ AlarmName: name, MaxRecords: most = 100 }) => {
    if (typeof name !== 'string')
      throw new AwsError('ValidationError', 'The twin describes the history of one alarm: give AlarmName.');
    const changes = (source.evaluator?.transitions ?? []).filter(({ alarm }) => alarm === name);
    return {
      AlarmHistoryItems: changes
        .toReversed()
        .slice(0, Number(most))
        .map(({ from, to, at, reason }) => ({
          AlarmName: name,
          AlarmType: 'MetricAlarm',
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
