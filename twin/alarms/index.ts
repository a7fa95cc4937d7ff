export { type AlarmState, decide, type MissingData, type Point } from './decision.ts';
export { type AlarmDefinition, AlarmRefused, readAlarm } from './definition.ts';
export { type Alarm, type AlarmEvaluator, createEvaluator, type Transition } from './evaluator.ts';
