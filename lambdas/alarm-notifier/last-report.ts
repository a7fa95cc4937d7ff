/** Finds what the last report of a probe says about a dependency. */
import { type CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Check, Report } from '../../core/checks/index.ts';
import type { ReportSource } from '../../core/conditions/index.ts';

export interface FoundReport {
  source: ReportSource;
  /** When it was logged, milliseconds since the epoch. */
  at: number;
  check: Check;
  /** When a later report found nothing wrong any more. */
  goodSince?: number;
  /** Where this one is good: one of the same time that is not. */
  failed?: { at: number; check: Check };
}

/** Which check tells more: one that failed, or, of what shows while nothing fails yet, one that is good. */
export type Wanted = 'failed' | 'good';

export interface LoggedReport {
  at: number;
  report: Report;
}

export interface ReportReader {
  /** The reports of a probe from `from` to `to`, milliseconds since the epoch, oldest first. */
  reports(
    probe: ReportSource['probe'],
    range: { from: number; to: number },
    signal: AbortSignal,
  ): Promise<LoggedReport[]>;
}

/** Minutes from one report to the next. */
const periods: Readonly<Record<ReportSource['probe'], number>> = {
  connectivity: 1,
  'database-name': 5,
  capacity: 1,
  'network-path': 15,
};

/** A report that is older than the one that should have come by so much tells nothing of now; minutes. */
const lateness = 10;

const minute = 60_000;

const isReport = (value: unknown, probe: string): value is Report =>
  typeof value === 'object' &&
  value !== null &&
  'probe' in value &&
  value.probe === probe &&
  'checks' in value &&
  Array.isArray(value.checks);

const readLine = (line: string, probe: string): Report | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return isReport(value, probe) ? value : undefined;
  } catch {
    return undefined;
  }
};

export const createReportReader = (
  client: Pick<CloudWatchLogsClient, 'send'>,
  prefix: string,
): ReportReader => ({
  reports: async (probe, { from, to }, signal) => {
    const found: LoggedReport[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(
        new FilterLogEventsCommand({
          logGroupName: `/aws/lambda/${prefix}-${probe}-probe`,
          filterPattern: `{ $.probe = "${probe}" }`,
          ...{ startTime: from, endTime: to },
          ...(nextToken !== undefined && { nextToken }),
        }),
        { abortSignal: signal },
      );
      for (const { message = '', timestamp: at = 0 } of page.events ?? []) {
        const report = readLine(message, probe);
        if (report) found.push({ at, report });
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found.toSorted((a, b) => a.at - b.at);
  },
});

/**
 * The newest check of the kind that is wanted, else the newest one; nothing where no report came in time. What
 * failed is wanted even when the last report is good again, because the alarm went off for it.
 */
export const newestCheck = (
  reports: readonly LoggedReport[],
  source: ReportSource,
  wanted: Wanted,
): FoundReport | undefined => {
  const checks = reports.flatMap(({ at, report }) =>
    report.checks
      .filter(({ dependency, skipped }) => dependency === source.dependency && !skipped)
      .map((check) => ({ at, check })),
  );
  // A report has several checks of one dependency where several things about it are compared.
  const failed = checks.findLast(({ check }) => !check.ok);
  const last = checks.at(-1);
  if (!last) return undefined;
  if (!failed) return { source, ...last };
  const figure = wanted === 'good' && checks.findLast(({ check }) => check.ok);
  if (figure) return { source, ...figure, failed };
  const first = checks.find(({ at, check }) => at === failed.at && !check.ok) ?? failed;
  const good = checks.find(({ at }) => at > failed.at);
  return { source, ...first, ...(good && { goodSince: good.at }) };
};

/** @param at when the alarm changed, milliseconds since the epoch */
export const findReport = async (
  reader: ReportReader,
  source: ReportSource,
  wanted: Wanted,
  at: number,
  signal: AbortSignal,
): Promise<FoundReport | undefined> => {
  const range = { from: at - (periods[source.probe] + lateness) * minute, to: at + lateness * minute };
  return newestCheck(await reader.reports(source.probe, range, signal), source, wanted);
};
