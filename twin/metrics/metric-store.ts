import type { Sample } from './embedded-format.ts';
import { isPercentile, type Percentile, type PercentileValue, percentileOf } from './percentile.ts';
import { createStream, type Stream } from './stream.ts';

/** Which series: a metric with exactly these dimensions. */
export interface Series {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
}

/** Everything that CloudWatch knows of a period: the five statistics of its samples. */
export interface Datapoint {
  /** Start of the period, milliseconds since the epoch. */
  start: number;
  SampleCount: number;
  Sum: number;
  Average: number;
  Minimum: number;
  Maximum: number;
}

export type Statistic = Exclude<keyof Datapoint, 'start'>;

export interface MetricStore {
  /** @throws Error when there is not one count for each value */
  add(sample: Sample): void;
  /**
   * What the samples of `start <= time < start + period` (milliseconds) come to; `undefined` without any:
   * a period without samples is missing, not 0. With a unit only samples of that unit count.
   * @throws Error when samples of several units lie in the period and none is asked for
   */
  datapoint(series: Series, start: number, period: number, unit?: string): Datapoint | undefined;
  /**
   * The percentile of the same samples.
   * @throws Error as `datapoint` does
   * @throws PercentileUnavailable when a value is negative
   */
  percentile(
    series: Series,
    percentile: Percentile,
    start: number,
    period: number,
    unit?: string,
  ): PercentileValue | undefined;
  /** The datapoints of the periods that begin at `start`, one period later and so on before `end`; missing ones are left out. */
  range(
    series: Series,
    statistic: Statistic | Percentile,
    start: number,
    end: number,
    period: number,
    unit?: string,
  ): { start: number; value: number }[];
  /** Every series that ever had a sample. */
  series(): Series[];
}

const day = 24 * 3_600_000;

const keyOf = ({ namespace, name, dimensions }: Series): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** Keeps samples in memory; `retention` milliseconds of them, more than any alarm looks back. */
export const createMetricStore = (retention = 11 * day): MetricStore => {
  const stored = new Map<string, { series: Series; streams: Map<string, Stream> }>();
  /** Alarms ask with the same object every minute. */
  const keys = new WeakMap<Series, string>();

  const keyFor = (series: Series): string => {
    const known = keys.get(series);
    if (known !== undefined) return known;
    const key = keyOf(series);
    keys.set(series, key);
    return key;
  };

  /** What there is in the period, of the one unit that it is measured in. */
  const found = <T>(series: Series, unit: string | undefined, read: (stream: Stream) => T | undefined) => {
    const answers: { unit: string; answer: T }[] = [];
    for (const [of, stream] of stored.get(keyFor(series))?.streams ?? []) {
      if (unit !== undefined && unit !== of) continue;
      const answer = read(stream);
      if (answer !== undefined) answers.push({ unit: of, answer });
    }
    if (answers.length > 1)
      throw new Error(
        `${series.namespace} ${series.name} has samples of several units (${answers.map((one) => one.unit).join(', ')}); ` +
          'what an alarm without Unit makes of them is not defined. Give the alarm a Unit.',
      );
    return answers[0]?.answer;
  };

  const datapoint: MetricStore['datapoint'] = (series, start, period, unit) => {
    const total = found(series, unit, (stream) => stream.aggregate(start, start + period));
    return (
      total && {
        start,
        SampleCount: total.count,
        Sum: total.sum,
        Average: total.sum / total.count,
        Minimum: total.minimum,
        Maximum: total.maximum,
      }
    );
  };

  const percentile: MetricStore['percentile'] = (series, wanted, start, period, unit) =>
    found(series, unit, (stream) => percentileOf(stream.values(start, start + period), wanted));

  return {
    datapoint,
    percentile,
    add: (sample) => {
      const { namespace, name, dimensions, unit, values, counts } = sample;
      if (counts && counts.length !== values.length)
        throw new Error(
          `${namespace} ${name}: ${counts.length} counts for ${values.length} values; there must be one for each.`,
        );
      const key = keyOf(sample);
      const entry = stored.get(key) ?? { series: { namespace, name, dimensions }, streams: new Map() };
      stored.set(key, entry);
      const stream = entry.streams.get(unit) ?? createStream();
      entry.streams.set(unit, stream);
      stream.add(sample);
      stream.dropBefore(sample.at - retention);
    },
    range: (series, statistic, start, end, period, unit) => {
      const points: { start: number; value: number }[] = [];
      for (let at = start; at < end; at += period) {
        const value = isPercentile(statistic)
          ? percentile(series, statistic, at, period, unit)?.nearestRank
          : datapoint(series, at, period, unit)?.[statistic];
        if (value !== undefined) points.push({ start: at, value });
      }
      return points;
    },
    series: () => [...stored.values()].map(({ series }) => series),
  };
};
