/** Work at a fixed rate, whether earlier work has ended or not, and work that is always under way so many times. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds of each, from the moment when it should have begun. */
export const atRate = async (
  perSecond: number,
  seconds: number,
  work: (number: number) => Promise<unknown>,
): Promise<number[]> => {
  const begin = performance.now();
  const all: Promise<number>[] = [];
  for (let number = 0; number < perSecond * seconds; number++) {
    const at = (number * 1_000) / perSecond;
    const early = begin + at - performance.now();
    if (early > 0) await sleep(early);
    all.push(work(number).then(() => performance.now() - begin - at));
  }
  return Promise.all(all);
};

/** How many were done in a second. */
export const perSecondOf = async (
  count: number,
  atOnce: number,
  work: (number: number) => Promise<unknown>,
): Promise<number> => {
  let next = 0;
  const begin = performance.now();
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return (count * 1_000) / (performance.now() - begin);
};

export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
};
