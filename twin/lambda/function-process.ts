import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { keepProcess, releaseProcess } from '../keeper.ts';
import { environmentOf, type TwinEnvironment } from './environment.ts';
import type { FunctionDefinition } from './function-definition.ts';
import type { FromRuntime, ToRuntime } from './messages.ts';

/** What one invocation gave. Exactly one of `result` and `error` is set. */
export interface Invocation {
  result?: unknown;
  error?: { type: string; message: string; trace: string[] };
  /** Lines on standard output and standard error, in order. */
  lines: string[];
  durationMs: number;
  /** True when a new process was started for it. */
  cold: boolean;
}

/** One function: a process that stays warm between invocations, as Lambda keeps it. One runs at a time. */
export interface FunctionProcess {
  definition: FunctionDefinition;
  invoke(event: unknown): Promise<Invocation>;
  /** Ends the process; the next invocation starts a new one. */
  stop(): Promise<void>;
}

const runtime = fileURLToPath(new URL('./runtime-process.ts', import.meta.url));

/** Longest start of a function, milliseconds (AWS Lambda: the init phase is limited to 10 s). */
const initLimit = 10_000;

interface Running {
  process: ChildProcess;
  ready: Promise<void>;
  /** Takes every line of output. */
  onLine: (line: string) => void;
  onMessage: (message: FromRuntime) => void;
  ended: Promise<string>;
}

export const createFunctionProcess = (
  definition: FunctionDefinition,
  twin: TwinEnvironment,
): FunctionProcess => {
  let running: Running | undefined;

  const start = (): Running => {
    const child = spawn(process.execPath, [runtime, definition.directory, definition.handler], {
      cwd: definition.directory,
      env: environmentOf(definition, twin),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Its own session: Ctrl-C is for the twin alone.
      detached: true,
    });
    const { pid } = child;
    if (pid !== undefined) keepProcess(pid, 'SIGKILL');
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
    ready.catch(() => undefined);
    const ended = new Promise<string>((done) => {
      child.once('error', (error) => done(String(error)));
      child.once('exit', (code, signal) => {
        if (pid !== undefined) releaseProcess(pid);
        if (running === started) running = undefined;
        done(signal === null ? `exit status ${code}` : `signal ${signal}`);
      });
    });
    const started: Running = {
      process: child,
      ready,
      onLine: () => undefined,
      onMessage: (message) => {
        if (message.kind === 'ready') resolve();
        if (message.kind === 'failure') reject(new InitFailure(message.errorType, message.errorMessage));
      },
      ended,
    };
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => started.onLine(line));
    }
    child.on('message', (message) => started.onMessage(message as FromRuntime));
    ended.then((how) =>
      reject(new InitFailure('Runtime.ExitError', `Runtime exited before it was ready: ${how}`)),
    );
    running = started;
    return started;
  };

  const stop = async (): Promise<void> => {
    const current = running;
    if (!current) return;
    running = undefined;
    current.process.kill('SIGKILL');
    await current.ended;
  };

  const invoke = async (event: unknown): Promise<Invocation> => {
    const cold = running === undefined;
    const current = running ?? start();
    const lines: string[] = [];
    const began = performance.now();
    const finish = (outcome: Pick<Invocation, 'result' | 'error'>): Invocation => ({
      ...outcome,
      lines,
      cold,
      durationMs: performance.now() - began,
    });
    const failed = (type: string, message: string, trace: string[] = []): Invocation =>
      finish({ error: { type, message, trace } });

    current.onLine = (line) => void (line && lines.push(line));
    const init = setTimeout(() => void stop(), initLimit);
    try {
      await current.ready;
    } catch (error) {
      await stop();
      return failed(error instanceof InitFailure ? error.type : 'Runtime.ExitError', String(error));
    } finally {
      clearTimeout(init);
    }

    const id = randomUUID();
    const limit = definition.timeout * 1000;
    const { promise: outcome, resolve } = Promise.withResolvers<Invocation | 'timeout'>();
    let ending = false;
    let message: FromRuntime | undefined;
    const look = (): void => {
      if (!ending || message === undefined || message.kind === 'ready') return;
      resolve(
        message.kind === 'result'
          ? finish({ result: message.result })
          : failed(message.errorType, message.errorMessage, message.trace),
      );
    };
    current.onLine = (line) => {
      if (line === `END RequestId: ${id}`) {
        ending = true;
        look();
      } else if (line) lines.push(line);
    };
    current.onMessage = (received) => {
      if (received.kind !== 'ready' && received.id === id) message = received;
      look();
    };
    void current.ended.then((how) =>
      resolve(failed('Runtime.ExitError', `RequestId: ${id} Error: Runtime exited with ${how}`)),
    );
    const timer = setTimeout(() => resolve('timeout'), limit);
    const request: ToRuntime = { id, event, deadline: Date.now() + limit };
    current.process.send(request, () => undefined);
    const result = await outcome;
    clearTimeout(timer);
    current.onLine = () => undefined;
    current.onMessage = () => undefined;
    if (result !== 'timeout') return result;
    await stop();
    const seconds = definition.timeout.toFixed(2);
    return failed('Sandbox.Timedout', `RequestId: ${id} Error: Task timed out after ${seconds} seconds`);
  };

  return { definition, invoke, stop };
};

class InitFailure extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }

  override toString(): string {
    return this.message;
  }
}
