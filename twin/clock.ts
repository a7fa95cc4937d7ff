import type { AlarmEvaluator, Transition } from './alarms/index.ts';
import { lambdaMetrics } from './lambda-metrics.ts';
import type { MetricStore, Sample } from './metrics/index.ts';
import type { Probe, ProbeOutcome } from './probes.ts';

export const minute = 60_000;

/** One alarm minute. */
export interface Tick {
  /** 0 for the first one. */
  number: number;
  /** The minute that its data is stamped with: its start, milliseconds since the epoch. */
  at: number;
  outcomes: ProbeOutcome[];
  transitions: Transition[];
  /** Everything that was measured in it. */
  samples: readonly Sample[];
}

/** What measures by itself, between the ticks. */
export interface MetricSource {
  /** What came since the last time, or what is to be seen now. */
  take(): Sample[] | Promise<Sample[]>;
  /** Resolves when it has measured something in this minute, or will not. */
  ready?(): Promise<void>;
}

export interface AlarmClock {
  /**
   * Runs every probe that is due, or was called, to its end, stamps what they measured, and what other sources have measured
   * since the last tick, with this minute, and evaluates the alarms as at its end. However long it takes,
   * exactly one alarm minute passes.
   */
  tick(): Promise<Tick>;
  /** Lets a minute pass in which nothing runs, and these were measured. */
  replay(samples: readonly Sample[]): Tick;
}

export interface AlarmClockOptions {
  probes: readonly Probe[];
  store: MetricStore;
  /** The first one's changes are the clock's; the others see the same metrics. */
  evaluators: readonly [AlarmEvaluator, ...AlarmEvaluator[]];
  startedAt: number;
  sources?: readonly MetricSource[];
  /** Whether the schedule of a probe is on. */
  scheduled?: (probe: Probe) => boolean;
  /** What called a probe beside its schedule since the last minute, once: its events. */
  called?: (probe: Probe) => readonly unknown[];
  /** Done when an alarm minute begins. */
  before?: () => Promise<void>;
  /** What else belongs to a minute, once its alarms are evaluated. */
  afterwards?: (tick: Tick) => Promise<void>;
}

/** Counts alarm minutes from the one in which it is created. */
export const createAlarmClock = ({
  probes,
  store,
  evaluators: [evaluator, ...others],
  startedAt,
  sources = [],
  scheduled = () => true,
  called = () => [],
  before,
  afterwards,
}: AlarmClockOptions): AlarmClock => {
  const first = Math.floor(startedAt / minute) * minute;
  let next = 0;
  const pass = (number: number, measured: readonly Sample[], outcomes: ProbeOutcome[]): Tick => {
    const at = first + number * minute;
    const samples = measured.map((sample) => ({ ...sample, at }));
    for (const sample of samples) store.add(sample);
    for (const other of others) other.evaluate(at + minute);
    return { number, at, outcomes, transitions: evaluator.evaluate(at + minute), samples };
  };
  return {
    tick: async () => {
      const number = next;
      next += 1;
      const at = first + number * minute;
      await before?.();
      const runs = async (probe: Probe): Promise<ProbeOutcome[]> => {
        const due = number % probe.everyMinutes === 0 && scheduled(probe);
        const outcomes: ProbeOutcome[] = [];
        for (const event of [...(due ? [undefined] : []), ...called(probe)])
          outcomes.push(await probe.run(new Date(at), event));
        return outcomes;
      };
      const [nested] = await Promise.all([
        Promise.all(probes.map(runs)),
        ...sources.map((source) => source.ready?.()),
      ]);
      const outcomes = nested.flat();
      const ofProbes = outcomes.flatMap((outcome) => [...outcome.samples, ...lambdaMetrics(outcome, at)]);
      const ofSources = await Promise.all(sources.map((source) => source.take()));
      const tick = pass(number, [...ofProbes, ...ofSources.flat()], outcomes);
      await afterwards?.(tick);
      return tick;
    },
    replay: (samples) => {
      const number = next;
      next += 1;
      return pass(number, samples, []);
    },
  };
};
