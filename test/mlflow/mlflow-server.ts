import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepDirectory, keepProcess, releaseDirectory, releaseProcess } from '../../twin/keeper.ts';
import { freePort } from '../../twin/servers/free-port.ts';
import { pythonEnvironment } from './python.ts';

/** A real MLflow on 127.0.0.1 with a database in a file, which serves artifacts from a folder. */
export interface MlflowServer {
  port: number;
  url: string;
  /** Ends it and its workers with SIGKILL; resolves when nobody listens any more. */
  kill(): Promise<void>;
  /** Starts it again unless it runs, on the same port with the same data; resolves when `/health` answers. */
  start(): Promise<void>;
  /** Kills it and removes its data. */
  dispose(): Promise<void>;
}

/** The first start makes the database's tables, and Python's imports are slow on a busy machine. */
const patienceMs = 120_000;

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Process ids of the group that `leader` leads. */
const groupOf = (leader: number): number[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,pgid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid = 0, group]) => (group === leader ? [pid] : []));

/** `python` is what `findPython` gives; `options` are further words for `mlflow server`. */
export const startMlflowServer = async (python: string, options: string[] = []): Promise<MlflowServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-mlflow-'));
  keepDirectory(directory);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const words = [
    ...['--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
    ...['--backend-store-uri', `sqlite:///${join(directory, 'mlflow.db')}`],
    ...['--serve-artifacts', '--artifacts-destination', join(directory, 'artifacts')],
    ...options,
  ];
  let leader: ChildProcess | undefined;
  let kept: number[] = [];

  const start = async (): Promise<void> => {
    if (leader !== undefined) return;
    const child = spawn(python, ['-m', 'mlflow', 'server', ...words], {
      cwd: directory,
      // A process group of its own, so that the workers can be reached.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...pythonEnvironment(directory), MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' },
    });
    leader = child;
    let log = '';
    const read = (chunk: Buffer): void => {
      log = `${log}${chunk}`.slice(-8192);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
    });
    if (child.pid !== undefined) keepProcess(child.pid);
    const end = performance.now() + patienceMs;
    while (!(await answers(url))) {
      if (failure === undefined && child.exitCode === null && performance.now() < end) {
        await sleep(100);
        continue;
      }
      await kill();
      throw new Error(`mlflow server does not answer at ${url}: ${failure?.message ?? ''}\n${log.trim()}`);
    }
    kept = groupOf(child.pid ?? 0);
    for (const pid of kept) keepProcess(pid);
  };

  const kill = async (): Promise<void> => {
    const child = leader;
    leader = undefined;
    if (child?.pid === undefined) return;
    const closed = once(child, 'close');
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself, with all its workers.
    }
    // Its pipes close when the last of the group that holds them is gone.
    if (child.exitCode === null && child.signalCode === null) await closed;
    while (await answers(url)) await sleep(20);
    for (const pid of [child.pid, ...kept]) releaseProcess(pid);
    kept = [];
  };

  const dispose = async (): Promise<void> => {
    await kill();
    await rm(directory, { recursive: true, force: true });
    releaseDirectory(directory);
  };

  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return { port, url, kill, start, dispose };
};
