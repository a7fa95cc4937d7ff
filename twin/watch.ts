import { type AlarmEvaluator, type AlarmSet, createEvaluator } from './alarms/index.ts';
import { type AlarmClock, createAlarmClock, type MetricSource, type Tick } from './clock.ts';
import { createMetricStore, type MetricStore } from './metrics/index.ts';
import type { Probe } from './probes.ts';

/** Metrics and alarms from a moment on: nothing of before is known. */
export interface Watch {
  store: MetricStore;
  evaluator: AlarmEvaluator;
  /** Evaluators of the same metrics with other evaluation ranges, in the order in which they were asked for. */
  others: readonly AlarmEvaluator[];
  clock: AlarmClock;
}

export interface Teller {
  tell(tick: Tick): Promise<void>;
  /** Events with which actions of alarms called a probe; each is given once. */
  called(probe: Probe): unknown[];
}

export interface WatchOptions {
  alarms: AlarmSet;
  probes: readonly Probe[];
  sources: readonly MetricSource[];
  startedAt: number;
  /** Whether the schedule of a probe is on. */
  scheduled: (probe: Probe) => boolean;
  /** Tells the alarms of an evaluator, once those of a minute are evaluated, and what that called. */
  tell: (evaluator: AlarmEvaluator) => Teller;
  /** Done when an alarm minute begins. */
  before?: () => Promise<void>;
  /** Datapoints that other evaluators retrieve beyond the evaluation periods. */
  otherRanges?: readonly number[];
}

export const createWatch = ({ alarms, probes, sources, startedAt, ...options }: WatchOptions): Watch => {
  const { scheduled, tell, before, otherRanges = [] } = options;
  const store = createMetricStore();
  const { definitions, muteRules } = alarms;
  const evaluator = createEvaluator(definitions, store, startedAt, { muteRules, percentiles: 'nearestRank' });
  // A minute with a single slow query has two percentiles: whoever compares evaluators sees what each rule makes of it.
  const others = otherRanges.map((extraPeriods, index) =>
    createEvaluator(definitions, store, startedAt, {
      ...{ muteRules, extraPeriods },
      percentiles: index % 2 === 0 ? 'nearestRank' : 'interpolated',
    }),
  );
  const teller = tell(evaluator);
  const clock = createAlarmClock({
    ...{ probes, sources, store, startedAt, scheduled },
    evaluators: [evaluator, ...others],
    called: (probe) => teller.called(probe),
    afterwards: (tick) => teller.tell(tick),
    ...(before && { before }),
  });
  return { store, evaluator, others, clock };
};
