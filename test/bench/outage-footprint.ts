import type { Child } from './child.ts';
import { largest } from './percentiles.ts';

/** Between two looks, milliseconds. */
const everyMs = 500;

/** What a process took. Bytes: what is resident, and what lives on the heap at the start and at the end. */
export interface Footprint {
  start: number;
  most: number;
  end: number;
  liveAtStart: number;
  liveAtEnd: number;
  /** Of the event loop, milliseconds. */
  longestStallMs: number;
}

/** Follows a process until it is told to end. */
export const watchFootprint = async (child: Child<unknown>): Promise<{ end(): Promise<Footprint> }> => {
  const liveAtStart = await child.liveHeap();
  const seen = [await child.rss()];
  // Collecting the garbage was one; it does not count.
  await child.longestStall();
  const timer = setInterval(() => {
    child.rss().then(
      (rss) => seen.push(rss),
      () => undefined,
    );
  }, everyMs);
  return {
    end: async () => {
      clearInterval(timer);
      const longestStallMs = await child.longestStall();
      const end = await child.rss();
      const most = Math.max(largest(seen), end);
      const liveAtEnd = await child.liveHeap();
      return { start: seen[0] ?? Number.NaN, most, end, liveAtStart, liveAtEnd, longestStallMs };
    },
  };
};
