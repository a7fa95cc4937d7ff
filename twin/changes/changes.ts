import {
  bundledFunctions,
  createFunctionProcess,
  type FunctionProcess,
  functionArn,
  readFunction,
  type TwinEnvironment,
} from '../lambda/index.ts';
import { lambdaMetrics } from '../lambda-metrics.ts';
import { InvalidMetrics, readEmbeddedMetrics, type Sample } from '../metrics/index.ts';
import type { Assembly, Resolve } from '../template/index.ts';
import { type ChangingCall, eventOf } from './call.ts';
import { readEventRules } from './rules.ts';

/** What a function wrote of a change; the names are those of the template's own audit lines. */
export type ChangeLine = Readonly<Record<string, unknown>>;

export interface Changes {
  /**
   * Tells the functions that the template's rules choose of a call, and waits for them. A call that no rule
   * matches leaves nothing, as in AWS.
   */
  record(call: ChangingCall): Promise<void>;
  /** What was written so far, oldest first. */
  lines(): readonly ChangeLine[];
  /** What they have measured since the last time, and what Lambda says of their runs. */
  take(): Sample[];
  /** What went wrong, oldest first. */
  problems(): readonly string[];
  stop(): Promise<void>;
}

/** Lines that are kept. */
const kept = 200;

/**
 * The rules of the template that take events, with the functions that they run.
 * @throws PatternRefused for a rule that is not understood here
 */
export const createChanges = (
  assembly: Assembly,
  resolve: Resolve,
  environment: TwinEnvironment,
  now: () => number = Date.now,
): Changes => {
  const functions = new Map<string, FunctionProcess>();
  const known = new Map(bundledFunctions(assembly).map((one) => [functionArn(one, resolve), one]));
  const rules = readEventRules(assembly, resolve);
  const missing = rules.flatMap(({ name, targets }) =>
    targets.filter((arn) => !known.has(arn)).map((arn) => `${name} runs ${arn}`),
  );
  if (missing.length > 0) throw new Error(`No function of the template is meant: ${missing.join(', ')}.`);
  const lines: ChangeLine[] = [];
  const problems: string[] = [];
  let samples: Sample[] = [];

  const processOf = (arn: string): FunctionProcess | undefined => {
    const resource = known.get(arn);
    const found = functions.get(arn);
    if (found || !resource) return found;
    const started = createFunctionProcess(readFunction(resource, resolve), environment);
    functions.set(arn, started);
    return started;
  };

  const read = (line: string): void => {
    if (!line.startsWith('{')) return;
    try {
      samples.push(...(readEmbeddedMetrics(line) ?? []));
    } catch (error) {
      if (!(error instanceof InvalidMetrics)) throw error;
      problems.push(`metrics that CloudWatch would not read: ${error.message}`);
    }
    const { _aws: _, ...fields } = JSON.parse(line) as Record<string, unknown>;
    if (fields.audit === true) lines.push(fields);
    if (lines.length > kept) lines.shift();
  };

  const run = async (arn: string, event: object): Promise<void> => {
    const running = processOf(arn);
    if (!running) return;
    const { name } = running.definition;
    const { lines: output, error, durationMs } = await running.invoke(event);
    for (const line of output) read(line);
    if (error) problems.push(`${name}: ${error.type}: ${error.message}`);
    samples.push(...lambdaMetrics({ functionName: name, failed: error !== undefined, durationMs }, now()));
  };

  // A function runs one event at a time.
  let last: Promise<void> = Promise.resolve();
  return {
    record: (call) => {
      const event = eventOf(call, new Date(now()));
      const targets = rules.filter(({ matches }) => matches(event)).flatMap((rule) => rule.targets);
      const work = last.then(async () => {
        for (const arn of targets) await run(arn, event);
      });
      last = work.catch(() => undefined);
      return work;
    },
    lines: () => lines,
    take: () => {
      const taken = samples;
      samples = [];
      return taken;
    },
    problems: () => problems,
    stop: async () => {
      await last;
      await Promise.all([...functions.values()].map((one) => one.stop()));
    },
  };
};
