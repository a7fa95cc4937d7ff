import { constants } from 'node:os';
import { type Command, faultList, readCommandLine, UsageError, usage } from './command-line.ts';
import { runLive } from './live.ts';
import { runOnce } from './once.ts';
import { whyNotHealthy } from './service/index.ts';
import { watchForStop } from './stopping.ts';
import { startTwin, type Twin } from './twin.ts';

type RunCommand = Extract<Command, { kind: 'once' | 'live' }>;

const started = performance.now();

/** Progress with the time since the start; beside the reports, never among them. */
const progressTo =
  (stream: NodeJS.WriteStream) =>
  (line: string): void => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    // The terminal has just echoed ^C on this line, or shows the last line of the table.
    stream.write(`${stream.isTTY ? '\r\x1b[K' : ''}${seconds.padStart(6)} s  ${line}\n`);
  };

const colorOf = (stream: NodeJS.WriteStream): boolean => stream.isTTY === true && !process.env.NO_COLOR;

/** Status of a process that a signal ended, as a shell gives it. */
const interrupted = (reason: unknown): number =>
  128 + (constants.signals[String(reason) as NodeJS.Signals] ?? constants.signals.SIGHUP);

const serve = async (twin: Twin, command: RunCommand, signal: AbortSignal): Promise<number> => {
  const color = colorOf(process.stdout);
  const stream = command.kind === 'once' ? process.stderr : process.stdout;
  const progress = progressTo(stream);
  for (const one of twin.leftOut) progress(`left out: ${one}`);
  if (command.kind === 'live' && twin.tryIt.length > 0) progress(`try it: ${twin.tryIt.join(' ')}`);
  if (command.kind === 'once') {
    const reason = whyNotHealthy(twin.service);
    if (reason !== undefined) throw new Error(reason);
  }
  for (const name of command.broken) {
    progress(`breaking ${name}`);
    await twin.inject(name);
    signal.throwIfAborted();
  }
  if (command.kind === 'live') {
    const { tickSeconds, pagePort = 0 } = command;
    await runLive(twin, { tickSeconds, pagePort, output: process.stdout, color, progress, signal });
    return 0;
  }
  progress('running each probe once');
  const width = process.stdout.columns ?? 100;
  const { status, output, problems } = await runOnce(twin, { json: command.json, width, color });
  signal.throwIfAborted();
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (output !== '') process.stdout.write(`${output}\n`);
  return status;
};

/** Rejects at once when aborted; what `work` then still does fails by itself once its servers are stopped. */
const unlessAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  work.catch(() => undefined);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(new Error(String(signal.reason)));
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};

const run = async (command: RunCommand): Promise<number> => {
  const stop = watchForStop();
  const progress = progressTo(command.kind === 'once' ? process.stderr : process.stdout);
  let twin: Twin | undefined;
  try {
    twin = await startTwin({
      environment: 'development',
      ...(command.assembly !== undefined && { assembly: command.assembly }),
      ...(command.real && { real: command.real }),
      progress,
      signal: stop.signal,
    });
    return await unlessAborted(serve(twin, command, stop.signal), stop.signal);
  } catch (error) {
    // The live table has no other end than this one.
    if (stop.signal.aborted) return twin && command.kind === 'live' ? 0 : interrupted(stop.signal.reason);
    process.stderr.write(`The twin could not run: ${error instanceof Error ? error.message : error}\n`);
    return 2;
  } finally {
    if (stop.signal.aborted) progress(`stopping: ${stop.signal.reason}`);
    await twin?.stop();
    stop.close();
  }
};

/** Runs the command line and gives the exit status; nothing that it started is left. */
export const main = async (args: readonly string[]): Promise<number> => {
  try {
    const command = readCommandLine(args);
    if (command.kind === 'once' || command.kind === 'live') return await run(command);
    process.stdout.write(`${command.kind === 'help' ? usage : faultList()}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
};
