import { formatReport, type Report } from '../core/checks/index.ts';
import type { Twin } from './twin.ts';

export interface OnceResult {
  /** 0: all good. 1: a check failed. 2: a probe or the service could not run. */
  status: 0 | 1 | 2;
  /** For standard output; empty when something could not run. */
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

/** The service as `--json` gives it. */
const serviceOf = ({ service }: Twin): object => {
  const { state, reason, dropped } = service.status();
  return {
    address: service.address() ?? null,
    url: service.url,
    target: { state, reason: reason ?? null, dropped },
    health: service.health()?.body ?? null,
  };
};

const serviceText = ({ service }: Twin): string => {
  const { state, reason } = service.status();
  const { said, notHealthy } = service.health() ?? { said: 'not asked', notHealthy: [] };
  return [
    `service at ${service.url}, task ${service.address() ?? 'stopped'}`,
    `  load balancer: ${state}${reason === undefined ? '' : ` (${reason})`}`,
    `  /health: ${said}${notHealthy.length > 0 ? ` (${notHealthy.join(', ')})` : ''}`,
  ].join('\n');
};

const asJson = (reports: readonly Report[], twin: Twin): string => {
  const { evaluator, leftOut } = twin;
  return JSON.stringify({
    service: serviceOf(twin),
    reports,
    alarms: evaluator.alarms.map(({ definition, state, reason }) => ({
      name: definition.name,
      state,
      reason,
    })),
    leftOut,
  });
};

/** Runs each probe once, all due in the first alarm minute, and gives what they found. */
export const runOnce = async (twin: Twin, { json, width, color }: OnceOptions): Promise<OnceResult> => {
  const { outcomes } = await twin.clock.tick();
  await twin.service.askHealth();
  const problems = [
    ...outcomes.flatMap(({ functionName, problems: found }) => found.map((one) => `${functionName}: ${one}`)),
    ...twin.service.problems(),
    ...twin.changes.problems(),
    ...[...twin.unknownCalls].map((call) => `${call} was called, which the twin does not answer`),
  ];
  const reports = outcomes.flatMap(({ report }) => (report ? [report] : []));
  if (problems.length > 0) return { status: 2, output: '', problems };
  return {
    status: reports.every(({ ok }) => ok) ? 0 : 1,
    output: json
      ? asJson(reports, twin)
      : [...reports.map((report) => formatReport(report, { width, color })), serviceText(twin)].join('\n\n'),
    problems,
  };
};
