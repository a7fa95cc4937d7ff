import type { Sample } from '../metrics/index.ts';

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed (mulberry32). */
export const seeded = (seed: number) => {
  let state = seed >>> 0;
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** How often a check fails for a single minute: a packet was lost, a server was restarted. About six a day. */
const blip = 1 / 250;

/** How often a request of a minute fails for no reason that stays. */
const failedRequest = 1 / 100;

/** How far times and loads stray from the minute that is drawn, as factors. */
const stray = { least: 0.5, most: 2.5 };

const times = /(Duration|DurationMs|TargetResponseTime|Latency)$/;
const loads = /^(CPUUtilization|MemoryUtilization|RequestCount|DatabaseConnections)$/;

/**
 * Gives minutes that are drawn from recorded ones, with what a normal day has on top: times that stray, a check
 * that fails for one minute, a request that fails.
 */
export const createNoise = (seed: number) => {
  const random = seeded(seed);
  let lastBlip = Number.NEGATIVE_INFINITY;
  return (recorded: readonly (readonly Sample[])[], minute: number): Sample[] => {
    const drawn = recorded[Math.floor(random() * recorded.length)] ?? [];
    const factor = stray.least + random() * (stray.most - stray.least);
    // Two in a row would be an outage, and not noise.
    const blips = minute - lastBlip > 3 && random() < blip;
    if (blips) lastBlip = minute;
    const dependencies = drawn
      .filter(({ name }) => name === 'Up')
      .map(({ dimensions }) => dimensions.Dependency);
    const failing = blips ? dependencies[Math.floor(random() * dependencies.length)] : undefined;
    const oneFails = random() < failedRequest;
    return drawn.map((sample) => {
      if (sample.name === 'Up' && failing !== undefined && sample.dimensions.Dependency === failing)
        return { ...sample, values: sample.values.map(() => 0) };
      if (sample.name === 'HTTPCode_Target_5XX_Count' && oneFails) return { ...sample, values: [1] };
      if (times.test(sample.name) || loads.test(sample.name))
        return {
          ...sample,
          values: sample.values.map(
            (value) => value * (loads.test(sample.name) ? Math.min(factor, 1.8) : factor),
          ),
        };
      return sample;
    });
  };
};
