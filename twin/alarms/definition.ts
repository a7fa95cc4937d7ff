import type { MathQuery } from '../metric-math/index.ts';
import type { Percentile, Series, Statistic } from '../metrics/index.ts';
import type { CompositeRule } from './composite-rule.ts';
import type { AlarmState, DecisionRule } from './decision.ts';

export type Comparison =
  | 'GreaterThanThreshold'
  | 'GreaterThanOrEqualToThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold';

interface Named {
  name: string;
  description: string;
  /** ARNs that are told of a change to each state; none while `ActionsEnabled` is false. */
  actions: Record<AlarmState, string[]>;
}

/** What is compared with a threshold every period. */
interface Compared extends Named, DecisionRule {
  /** Seconds. */
  period: number;
  threshold: number;
  comparison: Comparison;
}

/** An alarm on one metric. */
export interface MetricAlarmDefinition extends Compared {
  kind: 'metric';
  series: Series;
  statistic: Statistic | Percentile;
  unit?: string;
  /** Of a percentile: whether too few samples to mean something keep the state as it is. */
  keepStateOnFewSamples?: boolean;
}

/** An alarm on an expression over metrics. */
export interface MathAlarmDefinition extends Compared {
  kind: 'math';
  /** In an order in which each one comes after those it refers to. */
  queries: readonly MathQuery[];
  /** Id of the query whose result is compared. */
  result: string;
}

/** Another alarm that holds back the actions of this one. */
export interface Suppressor {
  alarm: string;
  waitSeconds: number;
  extensionSeconds: number;
}

/** An alarm on the states of others. */
export interface CompositeAlarmDefinition extends Named {
  kind: 'composite';
  rule: CompositeRule;
  /** The rule as CloudWatch has it. */
  ruleText: string;
  /** Names of the alarms that the rule refers to. */
  children: readonly string[];
  suppressor?: Suppressor;
}

/** An alarm as the template defines it. */
export type AlarmDefinition = MetricAlarmDefinition | MathAlarmDefinition | CompositeAlarmDefinition;

/** The metrics that an alarm reads itself; none of a composite, which reads alarms. */
export const seriesOf = (definition: AlarmDefinition): Series[] => {
  if (definition.kind === 'metric') return [definition.series];
  if (definition.kind === 'composite') return [];
  return definition.queries.flatMap((query) => (query.kind === 'metric' ? [query.series] : []));
};
