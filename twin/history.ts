import type { Check } from '../core/checks/index.ts';
import type { Transition } from './alarms/index.ts';
import type { Tick } from './clock.ts';
import type { ProbeOutcome } from './probes.ts';

/** What the ticks so far come to. */
export interface History {
  /** The last of each function, by its name. */
  outcomes: Map<string, ProbeOutcome>;
  /** Newest last, with the alarm minute each happened in. */
  transitions: { minute: number; transition: Transition }[];
  /** The last check that failed, and when. */
  lastFailure: { minute: number; probe: string; check: Check } | undefined;
  tick: Tick | undefined;
}

export const createHistory = (): History => ({
  outcomes: new Map(),
  transitions: [],
  lastFailure: undefined,
  tick: undefined,
});

/** Alarm minutes that have passed. */
export const minuteOf = ({ tick }: History): number => (tick?.number ?? -1) + 1;

export const remember = (history: History, tick: Tick): void => {
  history.tick = tick;
  for (const outcome of tick.outcomes) history.outcomes.set(outcome.functionName, outcome);
  const [failure] = tick.outcomes.flatMap(({ report }) => {
    const check = report?.checks.find(({ ok }) => !ok);
    return report && check ? [{ minute: tick.number + 1, probe: report.probe, check }] : [];
  });
  history.lastFailure = failure ?? history.lastFailure;
  history.transitions.push(
    ...tick.transitions.map((transition) => ({ minute: tick.number + 1, transition })),
  );
};

interface WithProblems {
  service: { problems(): string[] };
  changes?: { problems(): readonly string[] };
  unknownCalls: ReadonlySet<string>;
}

/** What is wrong with the twin itself, or with what its programs print. */
export const problemsOf = (
  { outcomes }: History,
  { service, changes, unknownCalls }: WithProblems,
): string[] => [
  ...[...outcomes.values()].flatMap(({ functionName, problems }) =>
    problems.map((one) => `${functionName}: ${one}`),
  ),
  ...service.problems(),
  ...(changes?.problems() ?? []),
  ...[...unknownCalls].map((call) => `${call} was called, which the twin does not answer`),
];
