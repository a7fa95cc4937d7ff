import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepDirectory, keepProcess, releaseDirectory, releaseProcess } from '../../twin/keeper.ts';
import { freePort } from '../../twin/servers/free-port.ts';
import { findPython, pythonEnvironment } from '../mlflow/python.ts';

/** An SQS that this project did not write, on 127.0.0.1. It keeps everything in its memory. */
export interface MotoServer {
  url: string;
  port: number;
  /** It takes connections and answers nothing. */
  freeze(): void;
  /** Ends it with SIGKILL; its queues and messages are gone. */
  kill(): Promise<void>;
  /** Starts it again unless it runs and answers, on the same port; resolves when it does. */
  start(): Promise<void>;
  dispose(): Promise<void>;
}

/** Python's imports are slow on a busy machine. */
const patienceMs = 60_000;

/** Asked for SQS itself, which moto loads at the first question. */
const question = {
  method: 'POST',
  headers: {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'AmazonSQS.ListQueues',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0',
  },
  body: '{}',
};

const answers = (url: string): Promise<boolean> =>
  fetch(url, { ...question, signal: AbortSignal.timeout(10_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

/** The Python that has the packages of requirements.txt; `undefined` when BREAKWATER_PYTHON names none. */
export const findMoto = (python = findPython()): string | undefined => {
  const question = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("moto") is None)';
  return python && spawnSync(python, ['-c', question]).status === 0 ? python : undefined;
};

/** `python` is what `findMoto` gives. */
export const startMotoServer = async (python: string): Promise<MotoServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-moto-'));
  keepDirectory(directory);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let running: ChildProcess | undefined;
  let frozen = false;

  const kill = async (): Promise<void> => {
    const child = running;
    running = undefined;
    frozen = false;
    if (child?.pid === undefined) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await closed;
    releaseProcess(child.pid);
  };

  const start = async (): Promise<void> => {
    if (frozen) await kill();
    if (running) return;
    const child = spawn(python, ['-m', 'moto.server', '--host', '127.0.0.1', '--port', String(port)], {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: pythonEnvironment(directory),
    });
    running = child;
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => {
      log = `${log}${chunk}`.slice(-8192);
    });
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
    });
    if (child.pid !== undefined) keepProcess(child.pid);
    const end = performance.now() + patienceMs;
    while (!(await answers(url))) {
      if (!failure && child.exitCode === null && performance.now() < end) {
        await sleep(50);
        continue;
      }
      await kill();
      throw new Error(`moto does not answer at ${url}: ${failure?.message ?? ''}\n${log.trim()}`);
    }
  };

  const dispose = async (): Promise<void> => {
    await kill();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    releaseDirectory(directory);
  };

  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  const freeze = (): void => {
    frozen = true;
    running?.kill('SIGSTOP');
  };
  return { url, port, freeze, kill, start, dispose };
};
