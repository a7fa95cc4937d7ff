/** What `npm run chaos -- messages` may be told. */
import { parseArgs } from 'node:util';

export interface ChaosOptions {
  events: number;
  seed: number;
  /** Ordering keys, which are models here. */
  keys: number;
  json: boolean;
  /** Where the log of each process is left; nowhere when undefined. */
  logs?: string;
}

export const usage =
  'usage: npm run chaos -- messages [--events N] [--seed S] [--keys K] [--json] [--logs FOLDER]';

/** Smallest and largest that is taken. */
const bounds = {
  events: { least: 1, most: 100_000, unset: 10_000 },
  seed: { least: 0, most: 4_294_967_295, unset: undefined },
  keys: { least: 1, most: 10_000, unset: 50 },
} as const;

const wholeNumber = (name: keyof typeof bounds, text: string | undefined): number | undefined => {
  const { least, most, unset } = bounds[name];
  if (text === undefined) return unset;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new RangeError(
    `--${name} is "${text}"; write a whole number from ${least} to ${most.toLocaleString('en')}`,
  );
};

/** @throws with a sentence for whoever typed it */
export const readOptions = (args: readonly string[], drawSeed: () => number): ChaosOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string' },
      seed: { type: 'string' },
      keys: { type: 'string' },
      json: { type: 'boolean', default: false },
      logs: { type: 'string' },
    },
  });
  return {
    events: wholeNumber('events', values.events) ?? bounds.events.unset,
    seed: wholeNumber('seed', values.seed) ?? drawSeed(),
    keys: wholeNumber('keys', values.keys) ?? bounds.keys.unset,
    json: values.json,
    ...(values.logs === undefined ? {} : { logs: values.logs }),
  };
};
