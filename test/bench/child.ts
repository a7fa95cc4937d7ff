/** Programs that a bench runs in processes of their own, and what it asks them over the pipe between them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onCore } from './cores.ts';

export interface Child<Ready> {
  /** What it said when it was ready. */
  ready: Ready;
  call<T>(command: string, argument?: unknown): Promise<T>;
  /** Resident memory, bytes. */
  rss(): Promise<number>;
  /** What lives on its heap after a collection, which this makes; bytes. */
  liveHeap(): Promise<number>;
  /** For how long its event loop stood still at most since the last call, milliseconds. */
  longestStall(): Promise<number>;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
}

export type Message = { ready: unknown } | { id: number; value: unknown } | { id: number; error: string };

/** Time to start, and to end, milliseconds. */
const startMs = 60_000;
const stopMs = 10_000;

/** Takes what a program says on standard error; a file without a name, which nobody has to read or remove. */
const errorFile = () => {
  const path = join(tmpdir(), `breakwater-bench-${process.pid}-${Math.random().toString(36).slice(2)}`);
  const file = openSync(path, 'w+', 0o600);
  unlinkSync(path);
  const tail = (): string => {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, 4_096));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8');
  };
  return { file, tail, close: () => closeSync(file) };
};

/** Runs `program`, a path beside this file, and waits until it is ready. It ends when this process does. */
export const startChild = async <Ready>(
  program: string,
  options: { core?: number; env?: Record<string, string> } = {},
): Promise<Child<Ready>> => {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const [command = '', ...rest] = onCore(options.core, [process.execPath, file]);
  const errors = errorFile();
  const child = spawn(command, rest, {
    // Its log goes nowhere: reading it would load the core of the generator.
    stdio: ['ignore', 'ignore', errors.file, 'ipc'],
    env: { PATH: process.env.PATH ?? '', ...options.env },
  });
  const gone = once(child, 'exit');
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const ready = Promise.withResolvers<Ready>();
  child.on('message', (message: Message) => {
    if ('ready' in message) return ready.resolve(message.ready as Ready);
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if ('error' in message) asked?.reject(new Error(message.error));
    else asked?.resolve(message.value);
  });
  child.on('exit', (code, signal) => {
    const error = new Error(`${program} ended (${code ?? signal}): ${errors.tail()}`);
    errors.close();
    ready.reject(error);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });
  const kill = () => child.kill('SIGKILL');

  let calls = 0;
  const call = <T>(name: string, argument?: unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = ++calls;
      waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      child.send({ id, command: name, argument });
    });
  const starting = setTimeout(kill, startMs);
  return {
    ready: await ready.promise.finally(() => clearTimeout(starting)),
    call,
    rss: () => call<number>('rss'),
    liveHeap: () => call<number>('liveHeap'),
    longestStall: () => call<number>('longestStall'),
    stop: async () => {
      const stopping = setTimeout(kill, stopMs);
      if (child.connected) child.disconnect();
      await gone;
      clearTimeout(stopping);
    },
  };
};
