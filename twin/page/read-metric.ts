import type { MetricStore, Series, Statistic } from '../metrics/index.ts';

/** Start of a period, milliseconds since the epoch, and the value of that period. */
export type Point = [at: number, value: number];

export interface Window {
  /** Milliseconds since the epoch; the end is not part of it. */
  start: number;
  end: number;
  /** Milliseconds. */
  period: number;
}

/** A store that gives ranges, percentiles among them. */
interface Ranges {
  range(
    series: Series,
    statistic: string,
    start: number,
    end: number,
    period: number,
  ): { start: number; value: number }[];
}

const hasRanges = (store: MetricStore | (MetricStore & Ranges)): store is MetricStore & Ranges =>
  'range' in store;

const statistics = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'];

/** The datapoints of a series by one statistic, oldest first; periods without samples are left out. */
export const readMetric = (
  store: MetricStore,
  series: Series,
  statistic: string,
  { start, end, period }: Window,
): Point[] => {
  if (hasRanges(store))
    return store.range(series, statistic, start, end, period).map((point) => [point.start, point.value]);
  if (!statistics.includes(statistic)) return [];
  const points: Point[] = [];
  for (let at = start; at < end; at += period) {
    const point = store.datapoint(series, at, period);
    if (point) points.push([at, point[statistic as Statistic]]);
  }
  return points;
};
