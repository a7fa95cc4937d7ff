/** One twin of the matrix, in a process of its own: it does what it is told, one thing at a time. */

import type { FaultName } from '../faults/index.ts';
import { watchForStop } from '../stopping.ts';
import type { Order, Told } from './messages.ts';
import { runQuietDay } from './quiet-day.ts';
import { type FaultResult, notRun } from './result.ts';
import { runFault, type Stage } from './run-fault.ts';
import { openStage } from './stage.ts';

const tell = (told: Told): void => {
  if (process.connected) process.send?.(told);
};

/** Aborted when nobody waits for results any more. */
const gone = new AbortController();
process.on('disconnect', () => gone.abort());

const orders: Order[] = [];
let wake: () => void = () => undefined;
process.on('message', (order: Order) => {
  orders.push(order);
  wake();
});

const nextOrder = async (): Promise<Order> => {
  for (;;) {
    const order = orders.shift();
    if (order) return order;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
};

/** What comes of the work; undefined as soon as it is to end, whatever the work is at. */
const unlessEnded = async <Result>(
  signal: AbortSignal,
  work: Promise<Result>,
): Promise<Result | undefined> => {
  const ended = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  // What it fails of after that, without its servers, is nobody's.
  work.catch(() => undefined);
  return await Promise.race([work, ended]);
};

/** One that cannot be injected, or not lifted, has failed; the others are run all the same. */
const tryFault = async (stage: Stage, name: FaultName): Promise<FaultResult> => {
  try {
    return await runFault(stage, name);
  } catch (error) {
    return notRun(name, error instanceof Error ? error.message : String(error));
  }
};

/** Does one order. */
const follow = async (stage: Stage, order: Exclude<Order, { end: true }>): Promise<Told> =>
  'fault' in order
    ? { fault: await tryFault(stage, order.fault) }
    : { quietDay: await runQuietDay(stage, order.quietDay) };

const main = async (): Promise<void> => {
  const signal = AbortSignal.any([watchForStop().signal, gone.signal]);
  const stage = await openStage({ progress: (line) => tell({ progress: line }), signal });
  try {
    for (;;) {
      tell({ ready: true });
      const order = await unlessEnded(signal, nextOrder());
      if (!order || 'end' in order) return;
      const told = await unlessEnded(signal, follow(stage, order));
      if (!told) return;
      tell(told);
    }
  } finally {
    await stage.close();
  }
};

try {
  await main();
} catch (error) {
  tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  process.exitCode = 1;
}
// Work that was left undone would keep it; what was told is sent before.
if (!process.connected) process.exit();
process.once('disconnect', () => process.exit());
process.disconnect();
