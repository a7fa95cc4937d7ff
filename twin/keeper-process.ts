/** The keeper itself; see keeper.ts. It reads messages until the pipe closes, then cleans up and ends. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeeperMessage } from './keeper.ts';

/** How long a process may take to end after the first signal, milliseconds. */
const patience = 5_000;

interface Kept {
  signal: NodeJS.Signals;
  /** When the process began: the same number with another beginning is another process. */
  began: string;
}

const processes = new Map<number, Kept>();
const directories = new Set<string>();

/** When a process began, in the system's own units; undefined when there is none or it is a zombie. */
const beginningOf = (pid: number): string | undefined => {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // The name in parentheses may contain spaces; state is field 3, the start time field 22.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
};

const alive = (pid: number, kept: Kept): boolean => beginningOf(pid) === kept.began;

const signal = (name: NodeJS.Signals): void => {
  for (const [pid, kept] of processes) {
    if (!alive(pid, kept)) continue;
    try {
      process.kill(pid, name === 'SIGKILL' ? name : kept.signal);
      // One that stands still would not take notice.
      process.kill(pid, 'SIGCONT');
    } catch {
      // It ended in between.
    }
  }
};

const someAlive = (): boolean => [...processes].some(([pid, kept]) => alive(pid, kept));

const cleanUp = async (): Promise<void> => {
  signal('SIGTERM');
  const until = Date.now() + patience;
  while (someAlive() && Date.now() < until) await sleep(20);
  signal('SIGKILL');
  while (someAlive() && Date.now() < until + patience) await sleep(20);
  for (const path of directories) await rm(path, { recursive: true, force: true, maxRetries: 3 });
};

const receive = (message: KeeperMessage): void => {
  if ('keep' in message) {
    if (message.keep === 'directory') directories.add(message.path);
    else {
      const began = beginningOf(message.pid);
      if (began !== undefined) processes.set(message.pid, { signal: message.signal, began });
    }
  } else if (message.release === 'directory') directories.delete(message.path);
  else processes.delete(message.pid);
};

// It ends when its owner has ended, not before.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);

for await (const line of createInterface({ input: process.stdin }))
  receive(JSON.parse(line) as KeeperMessage);
await cleanUp();
process.exit(0);
