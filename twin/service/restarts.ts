import type { StoppedTask } from './task-process.ts';

/** Pauses before a task is started again, milliseconds: the first, and the longest; each doubles the last. */
const pauses = { first: 1_000, longest: 30_000 };

/** A task that ran this long had started well; its end is a new story. Milliseconds. */
const startedWell = 60_000;

/** Tasks that may find their port taken in a row, each at a port of its own, before it counts as a failure. */
const portAttempts = 5;

/** The tasks that ended by themselves, and how long to wait before the next one. */
export interface Restarts {
  /** Takes the end of a task; returns the pause before the next one, milliseconds. */
  next(stopped: StoppedTask): number;
  count(): number;
  /** For people; empty while none has ended by itself. */
  problems(): string[];
}

/** Another program may have taken the port between our look and the service's own. */
const foundPortTaken = ({ lastWords }: StoppedTask): boolean => lastWords.join('\n').includes('EADDRINUSE');

const describe = ({ how, lastWords }: StoppedTask): string =>
  `${how}${lastWords.length > 0 ? `: ${lastWords.join(' ')}` : ', nothing on standard error'}`;

export const createRestarts = (): Restarts => {
  let count = 0;
  let inARow = 0;
  let collisions = 0;
  let last: StoppedTask | undefined;
  return {
    next: (stopped) => {
      collisions = foundPortTaken(stopped) ? collisions + 1 : 0;
      if (collisions > 0 && collisions < portAttempts) return 0;
      last = stopped;
      count += 1;
      inARow = stopped.ranMs < startedWell ? inARow + 1 : 1;
      return Math.min(pauses.longest, pauses.first * 2 ** (inARow - 1));
    },
    count: () => count,
    problems: () => {
      if (!last) return [];
      const times = count > 1 ? ` ${count} times, at last` : '';
      return [`the service ended by itself${times} (${describe(last)})`];
    },
  };
};
