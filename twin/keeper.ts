import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * The keeper is a small process that outlives its owner, by a moment: it holds the other end of a pipe, and
 * when the owner is gone, however it went, it ends the processes and removes the directories that were
 * entrusted to it.
 */
interface Keeper {
  process: ChildProcess;
  send(message: KeeperMessage): void;
}

/** What goes through the pipe, one JSON object per line. */
export type KeeperMessage =
  | { keep: 'process'; pid: number; signal: NodeJS.Signals }
  | { keep: 'directory'; path: string }
  | { release: 'process'; pid: number }
  | { release: 'directory'; path: string };

const script = fileURLToPath(new URL('./keeper-process.ts', import.meta.url));

let keeper: Keeper | undefined;

const start = (): Keeper => {
  const child = spawn(process.execPath, [script], {
    // Its own session: Ctrl-C in the owner's terminal must not reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
  });
  const pipe = child.stdin;
  if (pipe === null) throw new Error('The keeper process has no standard input.');
  // A keeper that was killed by somebody must not take its owner along.
  pipe.on('error', () => undefined);
  child.on('error', () => undefined);
  child.unref();
  (pipe as unknown as { unref(): void }).unref();
  return { process: child, send: (message) => void pipe.write(`${JSON.stringify(message)}\n`) };
};

const send = (message: KeeperMessage): void => {
  keeper ??= start();
  keeper.send(message);
};

/** Ends `pid` when this process is gone: first with `signal`, after 5 s with SIGKILL. */
export const keepProcess = (pid: number, signal: NodeJS.Signals = 'SIGTERM'): void =>
  send({ keep: 'process', pid, signal });

/** Removes `path` and what is in it when this process is gone, after the processes have ended. */
export const keepDirectory = (path: string): void => send({ keep: 'directory', path });

/** The process has ended; its number may belong to another one now. */
export const releaseProcess = (pid: number): void => send({ release: 'process', pid });

/** The directory has been removed. */
export const releaseDirectory = (path: string): void => send({ release: 'directory', path });

/** Process id of this process's keeper; undefined before the first thing was entrusted to it. */
export const keeperPid = (): number | undefined => keeper?.process.pid;
