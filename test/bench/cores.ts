/** Keeps servers and load generator from each other's core, where the machine has two and `taskset`. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export const canPin =
  availableParallelism() > 1 && spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;

/** The core of the servers that are compared, and that of everything else. */
export const serverCore = 0;
export const loadCore = 1;

/** Moves this process, with all its threads, to one core; what it starts afterwards runs there too. */
export const pinThisProcess = (core: number): void => {
  if (canPin)
    spawnSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)], { stdio: 'ignore' });
};

/** The command that runs a program on one core. */
export const onCore = (core: number | undefined, command: string[]): string[] =>
  canPin && core !== undefined ? ['taskset', '-c', String(core), ...command] : command;

export const coresSentence = (): string =>
  canPin
    ? `servers on core ${serverCore}, load and dependencies on core ${loadCore}`
    : 'not pinned to cores: no taskset, or one core';
