/** What every probe shares: the report around its checks, and the lines that it logs. */
import { layers } from '../causes/index.ts';
import { emfLine, type MetricName } from '../metrics/index.ts';
import type { SettingProblem } from '../settings/index.ts';
import { monotonicNow } from './budget.ts';
import { type CheckResult, settingsCheck } from './check.ts';
import { compareChecks } from './compare.ts';
import type { Check, Dependency, ProbeName, Report } from './report.ts';

/** Where a probe's lines go: standard output in a function, nowhere in a shell that wants only the report. */
export type WriteLine = (line: string) => void;

export interface ProbeRun {
  report: Report;
  /** The lines of embedded metric format that go with the report. */
  metricLines: string[];
}

const reportOf = (
  probe: ProbeName,
  environment: string,
  started: Date,
  beginMs: number,
  checks: Check[],
): Report => ({
  probe,
  environment,
  at: started.toISOString(),
  durationMs: Math.round(monotonicNow() - beginMs),
  ok: checks.every(({ ok }) => ok),
  checks,
});

/** Runs the checks of a probe and builds its report. */
export const runProbe = async <
  T extends { checks: Check[]; metricLines: string[]; sources?: Report['sources'] },
>(
  probe: ProbeName,
  environment: string,
  work: (started: Date) => Promise<T>,
): Promise<ProbeRun> => {
  const started = new Date();
  const begin = monotonicNow();
  const { checks, metricLines, sources } = await work(started);
  const report = reportOf(probe, environment, started, begin, compareChecks(checks));
  return { report: sources ? { ...report, sources } : report, metricLines };
};

/** Numbers of a check that every dependency publishes. */
export const checkMetricLine = (result: CheckResult, environment: string, at: Date): string | undefined => {
  const { check, certificateDaysLeft, connectMs } = result;
  if (check.skipped) return undefined;
  const failedLayer: number = check.ok ? 0 : layers[check.layer];
  const values: Partial<Record<MetricName, number>> = {
    Up: check.ok ? 1 : 0,
    DurationMs: check.durationMs,
    FailedLayer: failedLayer,
    ...(connectMs === undefined ? {} : { ConnectDurationMs: connectMs }),
    ...(certificateDaysLeft === undefined ? {} : { CertificateDaysLeft: certificateDaysLeft }),
  };
  const { target, cause, phases } = check;
  return emfLine({
    timestamp: at.getTime(),
    environment,
    dependency: check.dependency,
    values,
    properties: { target, ...(cause ? { cause } : {}), ...(phases ? { phases } : {}) },
  });
};

/** The checks of a probe whose own settings are wrong: it cannot run, and says so for each dependency. */
export const cannotRun = (
  dependencies: readonly Dependency[],
  problems: readonly SettingProblem[],
): CheckResult[] => dependencies.map((dependency) => ({ check: settingsCheck(dependency, problems) }));

/** Writes what a function logs: the metrics, then the report as one line. */
export const logRun = ({ report, metricLines }: ProbeRun, write: WriteLine): Report => {
  for (const line of metricLines) write(line);
  write(JSON.stringify(report));
  return report;
};
