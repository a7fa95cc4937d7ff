import type { Check } from '../../core/checks/index.ts';
import { type Alarm, type AlarmState, seriesOf } from '../alarms/index.ts';
import type { ProbeOutcome } from '../probes.ts';

/** One line of the table: what a probe last found of a dependency. */
export interface Row {
  dependency: string;
  probe: string;
  /** Reached, or failed at. */
  layer: string;
  /** `ok`, `skipped`, or the cause; of the service's own page, what it says. */
  cause: string;
  state: 'ok' | 'skipped' | 'degraded' | 'failed';
  durationMs: number | undefined;
  alarm: AlarmState | undefined;
  /** Alarm minutes since the probe ran: a probe that is not due every minute shows what it last found. */
  minutesAgo: number;
  /** The check behind it: the first that failed, else the last. */
  check: Check | undefined;
}

/** The state of the worst of these alarms; undefined without any. */
export const worstOf = (alarms: readonly Alarm[]): AlarmState | undefined =>
  (['ALARM', 'INSUFFICIENT_DATA', 'OK'] as const).find((state) =>
    alarms.some((alarm) => alarm.state === state),
  );

/** Which alarms watch what a probe measures of a dependency: those on a metric that this run published. */
const alarmOf = (
  outcome: ProbeOutcome,
  dependency: string,
  alarms: readonly Alarm[],
): AlarmState | undefined => {
  const published = new Set(
    outcome.samples
      .filter(({ dimensions }) => dimensions.Dependency === dependency)
      .map(({ namespace, name }) => `${namespace} ${name}`),
  );
  return worstOf(
    alarms.filter(({ definition }) =>
      seriesOf(definition).some(
        ({ namespace, name, dimensions }) =>
          dimensions.Dependency === dependency && published.has(`${namespace} ${name}`),
      ),
    ),
  );
};

const rowOf = (
  outcome: ProbeOutcome,
  probe: string,
  checks: readonly Check[],
  alarms: readonly Alarm[],
  now: number,
): Row => {
  const failed = checks.find(({ ok }) => !ok);
  const check = failed ?? checks.findLast(({ skipped }) => !skipped) ?? checks.at(-1);
  const state = failed ? 'failed' : check?.skipped ? 'skipped' : 'ok';
  const total = checks.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const dependency = check?.dependency ?? '-';
  return {
    dependency,
    probe,
    layer: check?.skipped ? '-' : (check?.layer ?? '-'),
    cause: state === 'failed' ? (failed?.cause ?? 'failed') : state,
    state,
    // Comparisons take no time of their own; the run that fetched what they compare does.
    durationMs: check?.skipped
      ? undefined
      : Math.round(total > 0 ? total : (outcome.report?.durationMs ?? 0)),
    alarm: alarmOf(outcome, dependency, alarms),
    minutesAgo: minutesBetween(outcome, now),
    check,
  };
};

const minutesBetween = ({ at }: ProbeOutcome, now: number): number =>
  Math.round((now - at.getTime()) / 60_000);

/** A row for each dependency that a probe reported on; one row for a probe that did not report at all. */
export const rowsOf = (
  outcomes: readonly ProbeOutcome[],
  alarms: readonly Alarm[],
  /** The minute that is shown, milliseconds since the epoch. */
  now: number,
): Row[] =>
  outcomes.flatMap((outcome) => {
    const { report, functionName, problems } = outcome;
    if (!report)
      return [
        {
          dependency: '-',
          probe: functionName,
          layer: '-',
          cause: problems[0] ?? 'no report',
          state: 'failed' as const,
          durationMs: Math.round(outcome.durationMs),
          alarm: undefined,
          minutesAgo: minutesBetween(outcome, now),
          check: undefined,
        },
      ];
    const dependencies = [...new Set(report.checks.map(({ dependency }) => dependency))];
    return dependencies.map((dependency) =>
      rowOf(
        outcome,
        report.probe,
        report.checks.filter((check) => check.dependency === dependency),
        alarms,
        now,
      ),
    );
  });
