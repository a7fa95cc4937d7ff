import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const project = fileURLToPath(new URL('../..', import.meta.url));

/** A copy of the twin as a process of its own, with a temporary directory of its own. */
export interface RunningTwin {
  child: ChildProcess;
  temporary: string;
  stdout(): string;
  stderr(): string;
  ended: Promise<{ status: number | null; signal: NodeJS.Signals | null }>;
  /** Resolves when the output contains `text`. */
  said(text: string): Promise<void>;
  /** What is left of it: files in its directory, and processes whose command line names that directory. */
  left(): string[];
  /** Waits until nothing is left; returns what still is after `milliseconds`. */
  leftAfter(milliseconds: number): Promise<string[]>;
  /** Ends what still runs of it and removes its directories. */
  remove(): void;
}

/** Processes of one copy: their command line or their environment names its directory, which no other has. */
const processesNaming = (directory: string): { pid: number; command: string }[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return `${command}${environment}`.includes(directory) ? [{ pid: Number(pid), command }] : [];
      } catch {
        return [];
      }
    });

export interface RunOptions {
  /** Account to run as, when the tests run as root. */
  uid?: number;
  /** Runs the twin under a shell that stays its parent. */
  underShell?: boolean;
  /** In the place of `bin/twin.ts`. */
  script?: string;
}

/** Runs `bin/twin.ts` with these arguments. */
export const runTwin = (
  args: readonly string[],
  { uid, underShell, script = 'bin/twin.ts' }: RunOptions = {},
): RunningTwin => {
  const [temporary, home] = ['breakwater-test-', 'breakwater-test-home-'].map((prefix) => {
    const directory = mkdtempSync(join(tmpdir(), prefix));
    chmodSync(directory, 0o777);
    return directory;
  }) as [string, string];
  const command = [process.execPath, script, ...args];
  const [program = '', ...rest] = underShell ? ['sh', '-c', `${command.join(' ')}; true`] : command;
  const child = spawn(program, rest, {
    cwd: project,
    // Without NODE_OPTIONS: it is the test runner's. Caches that outlive a process are kept apart.
    env: { PATH: process.env.PATH, HOME: home, TMPDIR: temporary, NODE_COMPILE_CACHE: home, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    err += chunk;
  });
  const left = (): string[] => [
    ...readdirSync(temporary),
    ...processesNaming(temporary).map(({ pid, command: line }) => `${pid}: ${line}`),
  ];
  return {
    child,
    temporary,
    stdout: () => out,
    stderr: () => err,
    ended: once(child, 'close').then(([status, signal]) => ({ status, signal })),
    said: async (text) => {
      while (!`${out}${err}`.includes(text)) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`The twin ended without saying ${text}:\n${out}${err}`);
        await sleep(50);
      }
    },
    left,
    leftAfter: async (milliseconds) => {
      const until = Date.now() + milliseconds;
      while (left().length > 0 && Date.now() < until) await sleep(50);
      return left();
    },
    remove: () => {
      // Only a test that failed leaves any.
      for (const { pid } of processesNaming(temporary)) process.kill(pid, 'SIGKILL');
      for (const directory of [temporary, home]) rmSync(directory, { recursive: true, force: true });
    },
  };
};
