import {
  isPercentile,
  type MetricStore,
  type Percentile,
  type Series,
  type Statistic,
} from '../metrics/index.ts';

/** Start of a period, milliseconds since the epoch, and the value of that period. */
export type Point = [at: number, value: number];

export interface Window {
  /** Milliseconds since the epoch; the end is not part of it. */
  start: number;
  end: number;
  /** Milliseconds. */
  period: number;
}

const statistics: readonly string[] = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'];

const isStatistic = (text: string): text is Statistic | Percentile =>
  statistics.includes(text) || isPercentile(text);

/** The datapoints of a series by one statistic, oldest first; periods without samples are left out. */
export const readMetric = (
  store: MetricStore,
  series: Series,
  statistic: string,
  { start, end, period }: Window,
): Point[] =>
  isStatistic(statistic)
    ? store.range(series, statistic, start, end, period).map((point) => [point.start, point.value])
    : [];
