import { formatReport, type Report } from '../core/checks/index.ts';
import type { Twin } from './twin.ts';

export interface OnceResult {
  /** 0: all good. 1: a check failed. 2: a probe could not run. */
  status: 0 | 1 | 2;
  /** For standard output; empty when a probe could not run. */
  output: string;
  /** For standard error. */
  problems: string[];
}

export interface OnceOptions {
  json: boolean;
  /** Columns to format for. */
  width: number;
  color: boolean;
}

const asJson = (reports: readonly Report[], { evaluator, leftOut }: Twin): string =>
  JSON.stringify({
    reports,
    alarms: evaluator.alarms.map(({ definition, state, reason }) => ({
      name: definition.name,
      state,
      reason,
    })),
    leftOut,
  });

/** Runs each probe once, all due in the first alarm minute, and gives what they found. */
export const runOnce = async (twin: Twin, { json, width, color }: OnceOptions): Promise<OnceResult> => {
  const { outcomes } = await twin.clock.tick();
  const problems = [
    ...outcomes.flatMap(({ functionName, problems: found }) => found.map((one) => `${functionName}: ${one}`)),
    ...[...twin.unknownCalls].map((call) => `a function called ${call}, which the twin does not answer`),
  ];
  const reports = outcomes.flatMap(({ report }) => (report ? [report] : []));
  if (problems.length > 0) return { status: 2, output: '', problems };
  return {
    status: reports.every(({ ok }) => ok) ? 0 : 1,
    output: json
      ? asJson(reports, twin)
      : reports.map((report) => formatReport(report, { width, color })).join('\n\n'),
    problems,
  };
};
