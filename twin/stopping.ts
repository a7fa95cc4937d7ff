import { readFileSync } from 'node:fs';

/** What must be undone at the end, in the reverse order of what was done. */
export interface Cleanups {
  /** `undo` runs once, at the end. */
  add(undo: () => void | Promise<void>): void;
  /** Runs what was added, last first, each even when another fails. */
  run(): Promise<void>;
}

export const createCleanups = (onError: (error: unknown) => void): Cleanups => {
  const undos: (() => void | Promise<void>)[] = [];
  return {
    add: (undo) => void undos.push(undo),
    run: async () => {
      for (let undo = undos.pop(); undo; undo = undos.pop()) {
        try {
          await undo();
        } catch (error) {
          onError(error);
        }
      }
    },
  };
};

export interface StopWatch {
  /** Aborted when the process is told to stop, or when its parent is gone; the reason says which. */
  signal: AbortSignal;
  close(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How often to look whether the parent is still there, milliseconds. */
const parentInterval = 500;

/** The parent of our parent, where that is the shell through which npm runs a script; Linux only. */
const grandparent = (pid: number): number | undefined => {
  try {
    const [shell = '', flag] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    if (!/(^|\/)(sh|dash|bash)$/.test(shell) || flag !== '-c') return undefined;
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
};

/**
 * Watches for every way in which this process is asked to end, except SIGKILL, which the keeper covers. A
 * second signal ends it at once; the keeper then does the rest.
 */
export const watchForStop = (): StopWatch => {
  const controller = new AbortController();
  const stop = (reason: string): void => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort(reason);
  };
  const handlers = signals.map((name) => {
    const handler = (): void => stop(name);
    process.on(name, handler);
    return [name, handler] as const;
  });
  const parent = process.ppid;
  const above = grandparent(parent);
  const timer = setInterval(() => {
    if (controller.signal.aborted) return;
    if (process.ppid !== parent || grandparent(parent) !== above) stop('the parent process ended');
  }, parentInterval);
  timer.unref();
  // A reader that is gone, such as `head`, wants no more of it.
  const unread = (): void => {
    if (!controller.signal.aborted) stop('nobody reads the output');
  };
  process.stdout.on('error', unread);
  process.stderr.on('error', unread);
  return {
    signal: controller.signal,
    close: () => {
      clearInterval(timer);
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
};
