import { setTimeout as sleep } from 'node:timers/promises';
import { createHistory, type History, minuteOf, problemsOf, remember } from './history.ts';
import { startPage } from './page/index.ts';
import {
  consumerRows,
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
  /** Where the page is served; 0 for a free port. */
  pagePort: number;
  /** Told where the page is. */
  progress: (line: string) => void;
  /** Ends it. */
  signal: AbortSignal;
}

/** What stays the same from one view to the next. */
interface Setting {
  twin: Twin;
  history: History;
  tickSeconds: number;
  page: string;
}

const viewOf = ({ twin, history, tickSeconds, page }: Setting, activity: string): View => {
  const outcomes = [...history.outcomes.values()];
  return {
    environment: twin.environment,
    minute: minuteOf(history),
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
    problems: problemsOf(history, twin),
    page,
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
 * probes find: on a page for the browser, and as a table that is drawn over in a terminal, else as lines.
 */
export const runLive = async (twin: Twin, options: LiveOptions): Promise<void> => {
  const { tickSeconds, output, color, pagePort, progress, signal } = options;
  const history = createHistory();
  const page = await startPage({ twin, history, tickSeconds }, pagePort);
  progress(`page: ${page.url}`);
  const setting: Setting = { twin, history, tickSeconds, page: page.url };
  const screen: Screen | undefined = output.isTTY ? openScreen(output, color) : undefined;
  let before: View | undefined;
  try {
    while (!signal.aborted) {
      const end = performance.now() + tickSeconds * 1000;
      if (history.tick) screen?.show(viewOf(setting, 'running the probes'));
      const tick = await Promise.race([twin.clock.tick(), aborted(signal)]);
      if (!tick) break;
      await twin.service.askHealth();
      remember(history, tick);
      await page.changed();
      const view = viewOf(setting, 'probes done');
      if (!screen) for (const line of tickLines(view, before)) output.write(`${line}\n`);
      // A copy: the history goes on, and the next lines are what has changed since.
      before = { ...view, transitions: [...view.transitions] };
      await countDown(end, signal, (seconds) => screen?.show(viewOf(setting, `next minute in ${seconds} s`)));
    }
  } finally {
    screen?.close();
    await page.close();
  }
};

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
