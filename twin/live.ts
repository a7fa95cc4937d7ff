import { setTimeout as sleep } from 'node:timers/promises';
import type { Tick } from './clock.ts';
import type { ProbeOutcome } from './probes.ts';
import {
  consumerRows,
  type LastFailure,
  openScreen,
  rowsOf,
  type Screen,
  serviceRows,
  tickLines,
  type View,
} from './terminal/index.ts';
import type { Twin } from './twin.ts';

export interface LiveOptions {
  tickSeconds: number;
  output: NodeJS.WriteStream;
  color: boolean;
  /** Ends it. */
  signal: AbortSignal;
}

/** What the ticks so far come to. */
interface History {
  outcomes: Map<string, ProbeOutcome>;
  transitions: View['transitions'][number][];
  lastFailure: LastFailure | undefined;
  tick: Tick | undefined;
}

const remember = (history: History, tick: Tick): void => {
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

const viewOf = (twin: Twin, history: History, tickSeconds: number, activity: string): View => {
  const outcomes = [...history.outcomes.values()];
  return {
    environment: twin.environment,
    minute: (history.tick?.number ?? -1) + 1,
    tickSeconds,
    activity,
    broken: twin.injected(),
    service: { url: twin.service.url, address: twin.service.address() },
    rows: [
      ...rowsOf(outcomes, twin.evaluator.alarms, history.tick?.at ?? 0),
      ...serviceRows(twin.service, twin.evaluator.alarms),
      ...consumerRows(twin.consumer, twin.evaluator.alarms),
    ],
    alarms: twin.evaluator.alarms,
    transitions: history.transitions,
    lastFailure: history.lastFailure,
    problems: [
      ...outcomes.flatMap(({ functionName, problems }) => problems.map((one) => `${functionName}: ${one}`)),
      ...twin.service.problems(),
      ...twin.changes.problems(),
      ...[...twin.unknownCalls].map((call) => `${call} was called, which the twin does not answer`),
    ],
    tryIt: twin.tryIt,
    leftOut: twin.leftOut,
  };
};

/** Waits until `end`; `each` is called about once a second with the whole seconds that are left. */
const countDown = async (
  end: number,
  signal: AbortSignal,
  each: (seconds: number) => void,
): Promise<void> => {
  while (!signal.aborted && performance.now() < end) {
    const left = end - performance.now();
    each(Math.ceil(left / 1000));
    await sleep(Math.min(1000, left), undefined, { signal }).catch(() => undefined);
  }
};

/**
 * Lets alarm minutes pass, one every `tickSeconds` (later when the probes take longer), and shows what the
 * probes find: as a table that is drawn over in a terminal, else as lines.
 */
export const runLive = async (twin: Twin, options: LiveOptions): Promise<void> => {
  const { tickSeconds, output, color, signal } = options;
  const history: History = { outcomes: new Map(), transitions: [], lastFailure: undefined, tick: undefined };
  const screen: Screen | undefined = output.isTTY ? openScreen(output, color) : undefined;
  let before: View | undefined;
  try {
    while (!signal.aborted) {
      const end = performance.now() + tickSeconds * 1000;
      if (history.tick) screen?.show(viewOf(twin, history, tickSeconds, 'running the probes'));
      const tick = await Promise.race([twin.clock.tick(), aborted(signal)]);
      if (!tick) break;
      await twin.service.askHealth();
      remember(history, tick);
      const view = viewOf(twin, history, tickSeconds, 'probes done');
      if (!screen) for (const line of tickLines(view, before)) output.write(`${line}\n`);
      // A copy: the history goes on, and the next lines are what has changed since.
      before = { ...view, transitions: [...view.transitions] };
      await countDown(end, signal, (seconds) =>
        screen?.show(viewOf(twin, history, tickSeconds, `next minute in ${seconds} s`)),
      );
    }
  } finally {
    screen?.close();
  }
};

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
