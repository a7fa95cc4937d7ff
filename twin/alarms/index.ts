export type { Alarm, Notification, SuppressedBy, Transition } from './alarm.ts';
export { type AlarmSet, type RefusedResource, readAlarmSet } from './alarm-set.ts';
export { alarmNameOf } from './composite-rule.ts';
export { PercentileUndecided } from './datapoints.ts';
export { type AlarmState, decide, type MissingData, type Point } from './decision.ts';
export {
  type AlarmDefinition,
  type CompositeAlarmDefinition,
  type MathAlarmDefinition,
  type MetricAlarmDefinition,
  seriesOf,
} from './definition.ts';
export { type AlarmEvaluator, createEvaluator, type EvaluatorOptions } from './evaluator.ts';
export { type MuteRule, readMuteRule } from './mute-rule.ts';
export { readAlarm } from './read-alarm.ts';
export { readCompositeAlarm } from './read-composite.ts';
export { alarmArn } from './reasons.ts';
