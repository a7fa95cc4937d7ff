import type { Sample } from './embedded-format.ts';

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
  add(sample: Sample): void;
  /**
   * What the samples of `start <= time < start + period` (milliseconds) come to; `undefined` without any:
   * a period without samples is missing, not 0. With a unit only samples of that unit count.
   * @throws Error when samples of several units lie in the period and none is asked for
   */
  datapoint(series: Series, start: number, period: number, unit?: string): Datapoint | undefined;
  /** Every series that ever had a sample. */
  series(): Series[];
}

const keyOf = ({ namespace, name, dimensions }: Series): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** Keeps samples in memory; `retention` milliseconds of them, more than any alarm looks back. */
export const createMetricStore = (retention = 2 * 24 * 3_600_000): MetricStore => {
  const stored = new Map<string, { series: Series; samples: Sample[] }>();
  return {
    add: (sample) => {
      const key = keyOf(sample);
      const { namespace, name, dimensions } = sample;
      const entry = stored.get(key) ?? { series: { namespace, name, dimensions }, samples: [] };
      stored.set(key, entry);
      entry.samples.push(sample);
      while ((entry.samples[0]?.at ?? sample.at) < sample.at - retention) entry.samples.shift();
    },
    datapoint: (series, start, period, unit) => {
      const samples = (stored.get(keyOf(series))?.samples ?? []).filter(
        (sample) =>
          sample.at >= start && sample.at < start + period && (unit === undefined || sample.unit === unit),
      );
      const seen = new Set(samples.map((sample) => sample.unit));
      if (seen.size > 1)
        throw new Error(
          `${series.namespace} ${series.name} has samples of several units (${[...seen].join(', ')}); ` +
            'what an alarm without Unit makes of them is not defined. Give the alarm a Unit.',
        );
      const values = samples.flatMap((sample) => sample.values);
      if (values.length === 0) return undefined;
      const sum = values.reduce((total, value) => total + value, 0);
      return {
        start,
        SampleCount: values.length,
        Sum: sum,
        Average: sum / values.length,
        Minimum: Math.min(...values),
        Maximum: Math.max(...values),
      };
    },
    series: () => [...stored.values()].map(({ series }) => series),
  };
};
