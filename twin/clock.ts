import type { AlarmEvaluator, Transition } from './alarms/index.ts';
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
}

/** What measures by itself, between the ticks. */
export interface MetricSource {
  /** What came since the last time. */
  take(): Sample[];
}

export interface AlarmClock {
  /**
   * Runs every probe that is due to its end, stamps what they measured, and what other sources have measured
   * since the last tick, with this minute, and evaluates the alarms as at its end. However long it takes,
   * exactly one alarm minute passes.
   */
  tick(): Promise<Tick>;
}

/** What Lambda itself publishes of an invocation. */
const lambdaMetrics = ({ functionName, failed, durationMs }: ProbeOutcome, at: number): Sample[] => {
  const sample = (name: string, unit: string, value: number): Sample => ({
    namespace: 'AWS/Lambda',
    name,
    dimensions: { FunctionName: functionName },
    unit,
    at,
    values: [value],
  });
  return [
    sample('Invocations', 'Count', 1),
    sample('Errors', 'Count', failed ? 1 : 0),
    sample('Throttles', 'Count', 0),
    sample('Duration', 'Milliseconds', durationMs),
  ];
};

/** Counts alarm minutes from the one in which it is created. */
export const createAlarmClock = (
  probes: readonly Probe[],
  store: MetricStore,
  evaluator: AlarmEvaluator,
  startedAt: number,
  sources: readonly MetricSource[] = [],
  /** What else belongs to a minute, once its alarms are evaluated. */
  afterwards: (tick: Tick) => Promise<void> = async () => undefined,
): AlarmClock => {
  const first = Math.floor(startedAt / minute) * minute;
  let next = 0;
  return {
    tick: async () => {
      const number = next;
      next += 1;
      const at = first + number * minute;
      const due = probes.filter(({ everyMinutes }) => number % everyMinutes === 0);
      const outcomes = await Promise.all(due.map((probe) => probe.run(new Date(at))));
      for (const outcome of outcomes) {
        for (const sample of outcome.samples) store.add({ ...sample, at });
        for (const sample of lambdaMetrics(outcome, at)) store.add(sample);
      }
      for (const sample of sources.flatMap((source) => source.take())) store.add({ ...sample, at });
      const tick = { number, at, outcomes, transitions: evaluator.evaluate(at + minute) };
      await afterwards(tick);
      return tick;
    },
  };
};
