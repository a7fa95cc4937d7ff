/** A program that is killed, paused and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { keepProcess, releaseProcess } from '../../../twin/keeper.ts';
import type { Running } from './victim.ts';

export interface ProgramOptions {
  name: string;
  command: readonly [program: string, ...args: string[]];
  env: Record<string, string>;
  /** Where its log goes; nowhere when undefined. */
  logs: string | undefined;
  /** Does what its memory loses while it goes on running. */
  flush?(): Promise<unknown>;
}

/** Time that it has to end after SIGTERM, milliseconds. */
const patienceMs = 10_000;

export const startProgram = ({ name, command, env, logs, flush }: ProgramOptions): Running => {
  const [program, ...args] = command;
  const crashes: string[] = [];
  let child: ChildProcess | undefined;

  const start = (): void => {
    const log = logs === undefined ? 'ignore' : openSync(join(logs, `${name.replace(' ', '-')}.log`), 'a');
    const started = spawn(program, args, {
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', log, log],
      // Its own session: Ctrl-C is for whoever started it.
      detached: true,
    });
    const { pid } = started;
    if (pid !== undefined) keepProcess(pid, 'SIGKILL');
    child = started;
    started.once('exit', (code, signal) => {
      if (pid !== undefined) releaseProcess(pid);
      if (child !== started) return;
      child = undefined;
      crashes.push(`${name} ended by itself: ${signal ?? `exit status ${code}`}`);
    });
    started.once('error', (error) => crashes.push(`${name} does not start: ${error.message}`));
  };

  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill(signal);
    // One that stands still would not take notice.
    running.kill('SIGCONT');
    const timer = setTimeout(() => running.kill('SIGKILL'), patienceMs);
    await gone;
    clearTimeout(timer);
  };

  start();
  return {
    crashes,
    fall: async (how) => {
      if (how === 'flush') await flush?.();
      else if (how === 'pause') child?.kill('SIGSTOP');
      else await kill(how === 'SIGTERM' ? 'SIGTERM' : 'SIGKILL');
    },
    rise: async (how) => {
      if (how === 'pause') child?.kill('SIGCONT');
      else if (how !== 'flush') start();
    },
    end: () => kill('SIGKILL'),
  };
};
