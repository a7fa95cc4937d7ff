import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { keepProcess, releaseProcess } from '../keeper.ts';

/** How a task came to its end. */
export interface StoppedTask {
  /** `exit status 2`, `signal SIGKILL`. */
  how: string;
  /** The end of standard error. */
  lastWords: string[];
  ranMs: number;
}

/** One process of the service. */
export interface TaskProcess {
  pid: number | undefined;
  ended: Promise<StoppedTask>;
  /** SIGTERM, and SIGKILL when it is still there after `timeoutMs`. Resolves when it has ended. */
  stop(timeoutMs: number): Promise<void>;
}

/** Lines of standard error that tell why a task ended. */
const lastWordsLimit = 10;

/** Runs what `CMD` in `service/Dockerfile` says, in the directory of the bundle. */
export const startTask = (
  directory: string,
  env: Record<string, string>,
  onLine: (line: string) => void,
): TaskProcess => {
  const began = performance.now();
  const child = spawn(process.execPath, ['service.mjs'], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own session: Ctrl-C is for the twin, which then stops the service before its database.
    detached: true,
  });
  const { pid } = child;
  // Without the twin nobody waits for it to drain.
  if (pid !== undefined) keepProcess(pid, 'SIGKILL');
  const lastWords: string[] = [];
  createInterface({ input: child.stdout }).on('line', onLine);
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastWords.push(line);
    if (lastWords.length > lastWordsLimit) lastWords.shift();
    onLine(line);
  });
  const ended = new Promise<StoppedTask>((resolve) => {
    const end = (how: string): void => {
      if (pid !== undefined) releaseProcess(pid);
      resolve({ how, lastWords, ranMs: performance.now() - began });
    };
    child.once('error', (error) => end(String(error)));
    child.once('close', (code, signal) => end(signal === null ? `exit status ${code}` : `signal ${signal}`));
  });
  return {
    pid,
    ended,
    stop: async (timeoutMs) => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      await ended;
      clearTimeout(timer);
    },
  };
};
