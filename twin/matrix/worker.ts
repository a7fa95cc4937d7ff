/** One twin of the matrix, in a process of its own: it does what it is told, one thing at a time. */

import type { FaultName } from '../faults/index.ts';
import { watchForStop } from '../stopping.ts';
import type { Order, Told } from './messages.ts';
import { runQuietDay } from './quiet-day.ts';
import { type FaultResult, notRun } from './result.ts';
import { runFault, type Stage } from './run-fault.ts';
import { openStage } from './stage.ts';

const tell = (told: Told): void => void process.send?.(told);

const orders: Order[] = [];
let wake: () => void = () => undefined;
process.on('message', (order: Order) => {
  orders.push(order);
  wake();
});
// Whoever gives orders has gone.
process.on('disconnect', () => {
  orders.push({ end: true });
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

/** One that cannot be injected, or not lifted, has failed; the others are run all the same. */
const tryFault = async (stage: Stage, name: FaultName): Promise<FaultResult> => {
  try {
    return await runFault(stage, name);
  } catch (error) {
    return notRun(name, error instanceof Error ? error.message : String(error));
  }
};

const main = async (): Promise<void> => {
  const { signal } = watchForStop();
  signal.addEventListener('abort', () => {
    orders.unshift({ end: true });
    wake();
  });
  const stage = await openStage({ progress: (line) => tell({ progress: line }), signal });
  try {
    for (;;) {
      tell({ ready: true });
      const order = await nextOrder();
      if ('end' in order) return;
      if ('fault' in order) tell({ fault: await tryFault(stage, order.fault) });
      else tell({ quietDay: await runQuietDay(stage, order.quietDay) });
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
process.disconnect?.();
