/** Counts failures the way an opening rule wants, in constant memory. */
import type { OpeningRule } from './breaker-policy.ts';

export interface FailureWindow {
  /** Notes one result; true when the rule says that the breaker must open. */
  note(failed: boolean, now: number): boolean;
  clear(): void;
  /** Failures counted now; for people. */
  failures(now: number): number;
}

const consecutiveWindow = (limit: number): FailureWindow => {
  let failures = 0;
  return {
    note: (failed) => {
      failures = failed ? failures + 1 : 0;
      return failures >= limit;
    },
    clear: () => {
      failures = 0;
    },
    failures: () => failures,
  };
};

const bucketCount = 10;

interface Bucket {
  slot: number;
  calls: number;
  failures: number;
}

const windowed = (rule: Extract<OpeningRule, { kind: 'windowed' }>): FailureWindow => {
  const bucketMs = rule.windowMs / bucketCount;
  const buckets: Bucket[] = Array.from({ length: bucketCount }, () => ({ slot: -1, calls: 0, failures: 0 }));
  const sum = (now: number, pick: (bucket: Bucket) => number): number => {
    const oldest = Math.floor(now / bucketMs) - bucketCount + 1;
    return buckets.reduce((total, bucket) => total + (bucket.slot >= oldest ? pick(bucket) : 0), 0);
  };
  return {
    note: (failed, now) => {
      const slot = Math.floor(now / bucketMs);
      const bucket = buckets[slot % bucketCount] as Bucket;
      if (bucket.slot !== slot) Object.assign(bucket, { slot, calls: 0, failures: 0 });
      bucket.calls += 1;
      if (!failed) return false;
      bucket.failures += 1;
      const calls = sum(now, (each) => each.calls);
      return calls >= rule.minimumCalls && sum(now, (each) => each.failures) / calls >= rule.failureRatio;
    },
    clear: () => {
      for (const bucket of buckets) Object.assign(bucket, { slot: -1, calls: 0, failures: 0 });
    },
    failures: (now) => sum(now, (each) => each.failures),
  };
};

export const failureWindow = (rule: OpeningRule): FailureWindow =>
  rule.kind === 'consecutive' ? consecutiveWindow(rule.failures) : windowed(rule);
