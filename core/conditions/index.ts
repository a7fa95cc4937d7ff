export type { ReportSource } from './condition.ts';
export {
  type Condition,
  type ConditionName,
  conditionNames,
  conditions,
  consequencesOf,
  isConditionName,
} from './conditions.ts';
