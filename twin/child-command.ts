import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { keepProcess, releaseProcess } from './keeper.ts';

export interface ChildCommand {
  /** Arguments of this Node.js. */
  args: string[];
  cwd: string;
  /** The whole environment. */
  env: NodeJS.ProcessEnv;
  /** Ends the child when aborted. */
  signal?: AbortSignal;
  onLine?: (line: string) => void;
}

/**
 * Runs a command of ours to its end, with the Node.js that runs this.
 * @throws Error with the end of its output when it does not end with status 0
 */
export const runCommand = async ({ args, cwd, env, signal, onLine }: ChildCommand): Promise<void> => {
  const child = spawn(process.execPath, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid !== undefined) keepProcess(pid);
  const stop = (): void => void child.kill('SIGTERM');
  signal?.addEventListener('abort', stop);
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      tail.push(line);
      if (tail.length > 40) tail.shift();
      onLine?.(line);
    });
  }
  const how = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(String(error)));
    child.once('close', (code, signalName) => resolve(code === 0 ? '' : `${signalName ?? `status ${code}`}`));
  });
  if (pid !== undefined) releaseProcess(pid);
  signal?.removeEventListener('abort', stop);
  if (how !== '') throw new Error(`node ${args.join(' ')} failed (${how}):\n${tail.join('\n')}`);
};
