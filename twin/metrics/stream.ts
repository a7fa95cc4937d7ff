import type { Sample } from './embedded-format.ts';
import type { Counted } from './percentile.ts';

/** What the samples of a stretch of time come to. */
export interface Aggregate {
  count: number;
  sum: number;
  minimum: number;
  maximum: number;
}

/** Stretches that are kept added up, longest first: an alarm over hours reads few of them. */
const stretches = [3_600_000, 60_000];
const longest = 3_600_000;

const merge = (into: Aggregate | undefined, other: Aggregate | undefined): Aggregate | undefined => {
  if (!into || !other) return into ?? (other && { ...other });
  into.count += other.count;
  into.sum += other.sum;
  into.minimum = Math.min(into.minimum, other.minimum);
  into.maximum = Math.max(into.maximum, other.maximum);
  return into;
};

const countOf = ({ counts }: Sample, index: number): number => counts?.[index] ?? 1;

const aggregateOf = (sample: Sample): Aggregate | undefined =>
  sample.values.reduce<Aggregate | undefined>((total, value, index) => {
    const count = countOf(sample, index);
    if (count === 0) return total;
    return merge(total, { count, sum: value * count, minimum: value, maximum: value });
  }, undefined);

/** The samples of one metric in one unit, by time. */
export interface Stream {
  add(sample: Sample): void;
  /** Of `start <= time < end`, milliseconds; `undefined` without samples. */
  aggregate(start: number, end: number): Aggregate | undefined;
  /** Every value of `start <= time < end`. */
  values(start: number, end: number): Counted[];
  /** Drops what is older; whole hours at a time. */
  dropBefore(time: number): void;
}

export const createStream = (): Stream => {
  const samples: Sample[] = [];
  const sums = stretches.map(() => new Map<number, Aggregate>());

  /** Index of the first sample that is not before the time. */
  const find = (time: number): number => {
    let [low, high] = [0, samples.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((samples[middle]?.at ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const single = (start: number, end: number): Aggregate | undefined => {
    let total: Aggregate | undefined;
    for (const sample of samples.slice(find(start), find(end))) total = merge(total, aggregateOf(sample));
    return total;
  };

  return {
    add: (sample) => {
      const last = samples.at(-1);
      if (!last || last.at <= sample.at) samples.push(sample);
      else samples.splice(find(sample.at + 1), 0, sample);
      const own = aggregateOf(sample);
      stretches.forEach((length, level) => {
        const start = Math.floor(sample.at / length) * length;
        const merged = merge(sums[level]?.get(start), own);
        if (merged) sums[level]?.set(start, merged);
      });
    },
    aggregate: (start, end) => {
      let total: Aggregate | undefined;
      let time = start;
      while (time < end) {
        const level = stretches.findIndex((length) => time % length === 0 && time + length <= end);
        const length = stretches[level];
        if (length === undefined) {
          const until = Math.min(end, (Math.floor(time / 60_000) + 1) * 60_000);
          total = merge(total, single(time, until));
          time = until;
        } else {
          total = merge(total, sums[level]?.get(time));
          time += length;
        }
      }
      return total;
    },
    values: (start, end) =>
      samples
        .slice(find(start), find(end))
        .flatMap((sample) => sample.values.map((value, index) => [value, countOf(sample, index)] as const)),
    dropBefore: (time) => {
      const before = Math.floor(time / longest) * longest;
      if ((samples[0]?.at ?? before) >= before) return;
      samples.splice(0, find(before));
      for (const level of sums) for (const start of level.keys()) if (start < before) level.delete(start);
    },
  };
};
