import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FaultName } from '../faults/index.ts';
import type { Order, Told } from './messages.ts';
import type { QuietDay } from './quiet-day.ts';
import type { FaultResult } from './result.ts';

export interface MatrixOptions {
  names: readonly FaultName[];
  /** Seed of the quiet day; absent where it is left out. */
  quietDay?: number;
  /** Twins at the same time, each with its own servers. */
  workers: number;
  progress: (line: string) => void;
  onResult: (result: FaultResult) => void;
  /** Ends it when aborted. */
  signal: AbortSignal;
}

export interface MatrixResult {
  faults: FaultResult[];
  quietDay?: QuietDay;
}

const worker = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** How long a worker that is told to end may take to stop its servers, milliseconds. */
const endPatience = 60_000;

/**
 * Runs faults on as many twins as there are workers, each fault on whichever is free.
 * @throws Error when a worker cannot run; faults that were not run then have no result
 */
export const runMatrix = async (options: MatrixOptions): Promise<MatrixResult> => {
  const { names, quietDay, workers, progress, onResult, signal } = options;
  const orders: Order[] = [
    // The longest first: nothing else waits for it in the end.
    ...(quietDay === undefined ? [] : [{ quietDay }]),
    ...names.map((fault) => ({ fault })),
  ];
  const result: MatrixResult = { faults: [] };
  const children = new Set<ChildProcess>();
  const failures: string[] = [];

  const runWorker = (number: number): Promise<void> =>
    new Promise((resolve) => {
      const child = fork(worker, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      children.add(child);
      let busy: string | undefined;
      const give = (): void => {
        const order = signal.aborted || failures.length > 0 ? undefined : orders.shift();
        busy = order && ('fault' in order ? order.fault : 'quietDay' in order ? 'quiet-day' : undefined);
        child.send(order ?? ({ end: true } satisfies Order));
      };
      child.on('message', (told: Told) => {
        if ('ready' in told) give();
        else if ('progress' in told) {
          if (number === 1) progress(told.progress);
        } else if ('fault' in told) {
          result.faults.push(told.fault);
          onResult(told.fault);
        } else if ('quietDay' in told) result.quietDay = told.quietDay;
        else failures.push(`${busy ?? 'starting'}: ${told.failed}`);
      });
      child.once('close', (code) => {
        children.delete(child);
        if (code !== 0 && failures.length === 0 && !signal.aborted)
          failures.push(`${busy ?? 'starting'}: the worker ended with ${code}`);
        resolve();
      });
    });

  const end = (): void => {
    for (const child of children) child.kill('SIGTERM');
    setTimeout(() => {
      for (const child of children) child.kill('SIGKILL');
    }, endPatience).unref();
  };
  signal.addEventListener('abort', end, { once: true });
  const count = Math.min(workers, orders.length);
  await Promise.all(Array.from({ length: count }, (_, index) => runWorker(index + 1)));
  signal.removeEventListener('abort', end);
  if (failures.length > 0) throw new Error(failures.join('\n'));
  result.faults.sort((a, b) => names.indexOf(a.name as FaultName) - names.indexOf(b.name as FaultName));
  return result;
};
