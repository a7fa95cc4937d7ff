import { randomUUID } from 'node:crypto';
import type { Report } from '../core/checks/index.ts';
import {
  createFunctionProcess,
  type FunctionDefinition,
  type FunctionProcess,
  type Invocation,
  type TwinEnvironment,
} from './lambda/index.ts';
import { InvalidMetrics, readEmbeddedMetrics, type Sample } from './metrics/index.ts';
import { type Schedule, scheduledEvent } from './schedule.ts';

/** What one run of a probe gave, read from what it printed. */
export interface ProbeOutcome {
  functionName: string;
  at: Date;
  report?: Report;
  samples: Sample[];
  /** All that it printed. */
  lines?: readonly string[];
  /** Why there is no report, or what is wrong with what the function printed. */
  problems: string[];
  durationMs: number;
  failed: boolean;
}

/** A function of the template that a schedule runs. */
export interface Probe {
  name: string;
  arn: string;
  everyMinutes: number;
  /** @param event what it is called with; that of its schedule unless told */
  run(at: Date, event?: unknown): Promise<ProbeOutcome>;
  stop(): Promise<void>;
}

const isReport = (value: unknown): value is Report =>
  typeof value === 'object' && value !== null && 'probe' in value && 'checks' in value && 'ok' in value;

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

/** Reads the lines of a function: metrics, the report, and nothing else of interest. */
export const readOutput = (invocation: Invocation): Pick<ProbeOutcome, 'report' | 'samples' | 'problems'> => {
  const samples: Sample[] = [];
  const problems: string[] = [];
  let report: Report | undefined;
  for (const line of invocation.lines) {
    try {
      const found = readEmbeddedMetrics(line);
      if (found) samples.push(...found);
      else if (line.startsWith('{')) {
        const value = parsed(line);
        if (isReport(value)) report = value;
      }
    } catch (error) {
      if (!(error instanceof InvalidMetrics)) throw error;
      problems.push(`metrics that CloudWatch would not read: ${error.message}`);
    }
  }
  const { error, result } = invocation;
  if (error) problems.push(`${error.type}: ${error.message}`);
  else if (!report) problems.push('it ended without printing a report');
  else if (JSON.stringify(report) !== JSON.stringify(result))
    problems.push('the report that it printed is not the one that it returned');
  return { ...(report && { report }), samples, problems };
};

export const createProbe = (
  definition: FunctionDefinition,
  schedule: Schedule,
  environment: TwinEnvironment,
): Probe => {
  const process: FunctionProcess = createFunctionProcess(definition, environment);
  return {
    name: definition.name,
    arn: definition.arn,
    everyMinutes: schedule.everyMinutes,
    run: async (at, event) => {
      const invocation = await process.invoke(event ?? scheduledEvent(schedule, at, randomUUID()));
      const { durationMs, error } = invocation;
      return {
        functionName: definition.name,
        at,
        durationMs,
        failed: error !== undefined,
        lines: invocation.lines,
        ...readOutput(invocation),
      };
    },
    stop: () => process.stop(),
  };
};
