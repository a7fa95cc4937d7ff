import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { keepDirectory, keepProcess, releaseDirectory, releaseProcess } from '../../twin/keeper.ts';
import { pythonEnvironment } from './python.ts';

/** One line of client.py. */
export interface Step {
  step: string;
  ok: boolean;
  error?: string;
  /** The HTTP status that the client met, of a step that had to fail. */
  status?: number | null;
}

export interface ClientOptions {
  python: string;
  trackingUri: string;
  key: string;
  /** What its experiment and models are named after. */
  name: string;
  /** Called when it waits for something, with the step's name; then it goes on. */
  atPause?: (step: string) => Promise<void>;
}

const script = fileURLToPath(new URL('./client.py', import.meta.url));

/** How often and how long the client tries: its own way, with shorter pauses. */
const patience = {
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: '7',
  MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: '1',
  MLFLOW_HTTP_REQUEST_TIMEOUT: '30',
};

/** Runs client.py to its end; fails with what it printed when a step failed. */
export const runClient = async ({
  python,
  trackingUri,
  key,
  name,
  atPause,
}: ClientOptions): Promise<Step[]> => {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-mlflow-client-'));
  keepDirectory(directory);
  const child = spawn(python, [script, name, ...(atPause ? ['--interrupted'] : [])], {
    cwd: directory,
    env: {
      ...pythonEnvironment(directory),
      ...patience,
      MLFLOW_TRACKING_URI: trackingUri,
      MLFLOW_TRACKING_TOKEN: key,
    },
  });
  const { pid } = child;
  if (pid !== undefined) keepProcess(pid, 'SIGKILL');
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = `${words}${chunk}`.slice(-8192);
  });
  // It may end before it has read what it is told.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // Whoever awaits it later has the error all the same.
  ended.catch(() => undefined);
  const steps: Step[] = [];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      // MLflow itself prints addresses of its pages here.
      if (!line.startsWith('{')) continue;
      const step = JSON.parse(line) as Step;
      steps.push(step);
      if (!step.step.startsWith('wait for ') || !atPause) continue;
      await atPause(step.step);
      child.stdin.write('go on\n');
    }
    const status = await ended;
    if (status === 0) return steps;
    throw new Error(`client.py ended with ${status}: ${JSON.stringify(steps.at(-1))}\n${words.trim()}`);
  } finally {
    child.kill('SIGKILL');
    if (pid !== undefined) releaseProcess(pid);
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    releaseDirectory(directory);
  }
};
