import type { Datapoint, MetricStore } from '../metrics/index.ts';
import { type AlarmState, decide, type Point } from './decision.ts';
import type { AlarmDefinition, Comparison } from './definition.ts';

export interface Alarm {
  definition: AlarmDefinition;
  state: AlarmState;
  /** Why the state is what it is, in CloudWatch's words. */
  reason: string;
  /** When it came into this state, milliseconds since the epoch. */
  since: number;
}

/** A change of state, with the actions that it ran. */
export interface Transition {
  alarm: string;
  from: AlarmState;
  to: AlarmState;
  at: number;
  reason: string;
  actions: string[];
}

export interface AlarmEvaluator {
  alarms: readonly Alarm[];
  /** Every change so far, oldest first. */
  transitions: readonly Transition[];
  /** Evaluates every alarm on the periods that ended by `now`; returns what changed. */
  evaluate(now: number): Transition[];
}

export interface EvaluatorOptions {
  /**
   * How many datapoints CloudWatch retrieves beyond the evaluation periods. It does not publish the number;
   * all that is known of it fits 2.
   */
  extraPeriods?: number;
}

const compare: Record<Comparison, (value: number, threshold: number) => boolean> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

const words: Record<Comparison, [crossed: string, not: string]> = {
  GreaterThanThreshold: ['greater than', 'not greater than'],
  GreaterThanOrEqualToThreshold: ['greater than or equal to', 'not greater than or equal to'],
  LessThanThreshold: ['less than', 'not less than'],
  LessThanOrEqualToThreshold: ['less than or equal to', 'not less than or equal to'],
};

const minute = 60_000;

/** Datapoints of the evaluation range, oldest first. Windows end at a whole minute, not at a multiple of the period. */
const retrieve = (
  { series, period, unit, evaluationPeriods }: AlarmDefinition,
  store: MetricStore,
  now: number,
  extraPeriods: number,
): (Datapoint | undefined)[] => {
  const length = period * 1000;
  // Periods under a minute are evaluated every 10 s.
  const step = period < 60 ? 10_000 : minute;
  const end = Math.floor(now / step) * step;
  return Array.from({ length: evaluationPeriods + extraPeriods }, (_, index) =>
    store.datapoint(series, end - (evaluationPeriods + extraPeriods - index) * length, length, unit),
  );
};

const explain = (
  definition: AlarmDefinition,
  points: readonly (Datapoint | undefined)[],
  state: AlarmState,
): string => {
  const { evaluationPeriods: n, datapointsToAlarm: m, statistic, threshold, comparison } = definition;
  const real = points.filter((point) => point !== undefined).slice(-n);
  if (real.length === 0 && state === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${n} datapoints were unknown.`;
  if (real.length === 0)
    return (
      `Threshold Crossed: no datapoints were received for ${n} periods and ${n} missing datapoints were ` +
      `treated as [${state === 'ALARM' ? 'Breaching' : 'NonBreaching'}].`
    );
  const crossed = state === 'ALARM';
  const subject = real
    .filter((point) => compare[comparison](point[statistic], threshold) === crossed)
    .map((point) => `${point[statistic]} (${new Date(point.start).toISOString()})`);
  const count = `${subject.length} out of the last ${n} datapoints [${subject.join(', ')}]`;
  const minimum = `(minimum ${m} datapoint${m === 1 ? '' : 's'} for OK -> ALARM transition)`;
  return `Threshold Crossed: ${count} ${subject.length === 1 ? 'was' : 'were'} ${words[comparison][crossed ? 0 : 1]} the threshold (${threshold}) ${minimum}.`;
};

/** Alarms begin in INSUFFICIENT_DATA, as CloudWatch creates them, and run their actions on a change only. */
export const createEvaluator = (
  definitions: readonly AlarmDefinition[],
  store: MetricStore,
  createdAt: number,
  { extraPeriods = 2 }: EvaluatorOptions = {},
): AlarmEvaluator => {
  const alarms = definitions.map(
    (definition): Alarm => ({
      definition,
      state: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
      since: createdAt,
    }),
  );
  const transitions: Transition[] = [];

  const evaluateOne = (alarm: Alarm, now: number): Transition[] => {
    const { definition, state: from } = alarm;
    const data = retrieve(definition, store, now, extraPeriods);
    const points = data.map((point): Point => {
      if (point === undefined) return 'missing';
      const value = point[definition.statistic];
      return compare[definition.comparison](value, definition.threshold) ? 'breaching' : 'good';
    });
    const to = decide(points, definition, from);
    if (to === from) return [];
    const reason = explain(definition, data, to);
    Object.assign(alarm, { state: to, reason, since: now });
    return [{ alarm: definition.name, from, to, at: now, reason, actions: definition.actions[to] }];
  };

  return {
    alarms,
    transitions,
    evaluate: (now) => {
      const changed = alarms.flatMap((alarm) => evaluateOne(alarm, now));
      transitions.push(...changed);
      return changed;
    },
  };
};
