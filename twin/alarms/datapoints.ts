import { evaluateExpression, type Points } from '../metric-math/index.ts';
import {
  enoughSamples,
  isPercentile,
  type MetricStore,
  type Percentile,
  type Series,
  type Statistic,
} from '../metrics/index.ts';
import type { Comparison, MathAlarmDefinition, MetricAlarmDefinition } from './definition.ts';

type Compared = MetricAlarmDefinition | MathAlarmDefinition;

/** What an alarm compares of one period. */
export interface EvaluatedPoint {
  /** Start of the period, milliseconds since the epoch. */
  start: number;
  value: number;
  breaching: boolean;
  /** Whether a percentile is of too few samples to mean something. */
  fewSamples: boolean;
}

/**
 * A percentile that is on one side of the threshold by one rule and on the other by another. CloudWatch does
 * not publish its rule, so nobody can say what the alarm would do.
 */
export class PercentileUndecided extends Error {
  override name = 'PercentileUndecided';
}

const compare: Record<Comparison, (value: number, threshold: number) => boolean> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** Which periods are retrieved. */
export interface Retrieval {
  /** End of the newest one, milliseconds since the epoch: windows do not end at multiples of the period. */
  end: number;
  /** How many. */
  count: number;
  /** Periods that end after this are not yet visible. */
  visibleUntil: number;
  /** By which rule percentiles are read; both must agree unless told. */
  percentiles?: Reading | undefined;
}

/** Two rules for a percentile; CloudWatch does not say which is its. */
export type Reading = 'nearestRank' | 'interpolated';

interface Source {
  series: Series;
  statistic: Statistic | Percentile;
  unit?: string;
}

/** Datapoints of the range, oldest first; `undefined` where one is missing. */
export const retrieve = (
  definition: Compared,
  store: MetricStore,
  { end, count, visibleUntil, percentiles: only }: Retrieval,
): (EvaluatedPoint | undefined)[] => {
  const length = definition.period * 1000;
  const starts = Array.from({ length: count }, (_, index) => end - (count - index) * length);
  const sources: readonly Source[] =
    definition.kind === 'metric'
      ? [definition]
      : definition.queries.filter((query) => query.kind === 'metric');
  const percentiles = sources.some(({ statistic }) => isPercentile(statistic));

  const pointsOf = ({ series, statistic, unit }: Source, reading: Reading): Points =>
    starts.map((start) => {
      if (start + length > visibleUntil) return undefined;
      return isPercentile(statistic)
        ? store.percentile(series, statistic, start, length, unit)?.[reading]
        : store.datapoint(series, start, length, unit)?.[statistic];
    });

  const valuesBy = (reading: Reading): Points => {
    if (definition.kind === 'metric') return pointsOf(definition, reading);
    const known = new Map<string, number | Points>();
    for (const query of definition.queries)
      known.set(
        query.id,
        query.kind === 'metric'
          ? pointsOf(query, reading)
          : evaluateExpression(query.expression, known, count),
      );
    return known.get(definition.result) as Points;
  };

  const breaches = (value: number): boolean => compare[definition.comparison](value, definition.threshold);
  const values = valuesBy(only ?? 'nearestRank');
  const others = percentiles && only === undefined ? valuesBy('interpolated') : values;
  const few = (start: number): boolean => {
    if (definition.kind !== 'metric' || !isPercentile(definition.statistic)) return false;
    const samples = store.datapoint(definition.series, start, length, definition.unit)?.SampleCount ?? 0;
    return samples < enoughSamples(definition.statistic);
  };

  return starts.map((start, index) => {
    const [value, other] = [values[index], others[index]];
    if (value === undefined || other === undefined) return undefined;
    const breaching = breaches(value);
    if (breaching !== breaches(other))
      throw new PercentileUndecided(
        `Alarm ${definition.name}: at ${new Date(start).toISOString()} the percentile is ${value} by nearest rank ` +
          `and ${other} by interpolation, on both sides of the threshold ${definition.threshold}. Choose a ` +
          'threshold, or samples, for which both agree.',
      );
    return { start, value, breaching, fewSamples: few(start) };
  });
};
