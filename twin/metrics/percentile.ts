/** A percentile as CloudWatch names it: `p50`, `p99.9`. */
export type Percentile = `p${number}`;

/** The percentile by both rules that are in use: CloudWatch does not publish which one is its own. */
export interface PercentileValue {
  /** The smallest value that at least this share of the samples does not exceed. */
  nearestRank: number;
  /** Between the two samples that lie around the place. */
  interpolated: number;
  sampleCount: number;
}

/** A value with how often it was measured. */
export type Counted = readonly [value: number, count: number];

/** A percentile that CloudWatch would not give. */
export class PercentileUnavailable extends Error {
  override name = 'PercentileUnavailable';
}

const pattern = /^p(100|\d{1,2}(\.\d{1,10})?)$/;

/** Above 0 and up to 100, with at most ten decimal places. */
export const isPercentile = (text: unknown): text is Percentile =>
  typeof text === 'string' && pattern.test(text) && Number(text.slice(1)) > 0;

/** 99.9 of `p99.9`. */
export const percentOf = (percentile: Percentile): number => Number(percentile.slice(1));

/**
 * Fewer samples than this are too few for the percentile to mean something (CloudWatch user guide,
 * "Percentile-based alarms and low data samples").
 */
export const enoughSamples = (percentile: Percentile): number => {
  const share = percentOf(percentile) / 100;
  // 10 / (1 - 0.9) is a little more than 100 in binary fractions.
  return Number((10 / (share >= 0.5 ? 1 - share : share)).toFixed(6));
};

/**
 * `undefined` without samples.
 * @throws PercentileUnavailable when a value is negative: CloudWatch has no percentiles of such a metric
 */
export const percentileOf = (
  counted: readonly Counted[],
  percentile: Percentile,
): PercentileValue | undefined => {
  const sorted = counted.filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  const [first] = sorted;
  if (!first) return undefined;
  if (first[0] < 0)
    throw new PercentileUnavailable(
      `${percentile} of values among which ${first[0]} is: CloudWatch has no percentiles of a metric with ` +
        'negative values. Take another statistic.',
    );
  const sampleCount = sorted.reduce((total, [, count]) => total + count, 0);
  /** The value at a place, counted from 0. */
  const at = (place: number): number => {
    let before = 0;
    for (const [value, count] of sorted) {
      before += count;
      if (place < before) return value;
    }
    return sorted.at(-1)?.[0] ?? 0;
  };
  const share = percentOf(percentile) / 100;
  const place = share * (sampleCount - 1);
  const low = at(Math.floor(place));
  const high = at(Math.ceil(place));
  return {
    // The small part taken off keeps 0.07 * 100, which is more than 7 in binary fractions, at 7.
    nearestRank: at(Math.max(0, Math.ceil(share * sampleCount - 1e-9) - 1)),
    interpolated: low + (high - low) * (place - Math.floor(place)),
    sampleCount,
  };
};
