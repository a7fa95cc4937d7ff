/** Turns what a ladder found into the check of the report. */
import { causes, lookAlikeOf, remedyOf } from '../causes/index.ts';
import type { SettingProblem } from '../settings/index.ts';
import { monotonicNow } from './budget.ts';
import { type Climb, startClimb } from './ladder.ts';
import { errorFields, type Failure, failed, type Outcome } from './outcome.ts';
import type { Check, Evidence, Phases, Subject } from './report.ts';

/** A check with what only the metrics need. */
export interface CheckResult {
  check: Check;
  certificateDaysLeft?: number;
  /** From looking up the name to ready for queries, when that was reached. */
  connectMs?: number;
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10;

const withoutUndefined = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

/** The fields of a failed check: what the table of causes knows, and what was found. */
export const failureFields = (failure: Failure, dependency?: Subject) => {
  const { code, layer, runbook } = causes[failure.cause];
  const { evidence } = failure;
  return {
    ok: false,
    layer: failure.layer ?? layer,
    cause: code,
    detail: failure.detail,
    remedy: remedyOf(failure.cause, {
      ...(dependency ? { dependency } : {}),
      ...(evidence ? { evidence } : {}),
    }),
    runbook,
  } as const;
};

/** What else it may be, what was done to tell it apart, and what would decide; nothing for a cause without doubt. */
const doubt = (cause: Failure['cause'], dependency: Subject, toldApart: readonly string[]): Evidence => {
  const { mayBe, ruledOut, decides } = lookAlikeOf(cause, dependency) ?? {};
  const told = [...(ruledOut ? [`not ${ruledOut}`] : []), ...toldApart];
  return { mayBe, toldApart: told.length > 0 ? told : undefined, decides };
};

export const failedCheck = (
  dependency: Subject,
  target: string,
  failure: Failure,
  more: { phases?: Phases; durationMs?: number; toldApart?: readonly string[] } = {},
): Check => {
  const evidence = withoutUndefined({
    ...failure.evidence,
    ...doubt(failure.cause, dependency, more.toldApart ?? []),
  });
  return withoutUndefined({
    dependency,
    target,
    ...failureFields(failure, dependency),
    evidence: Object.keys(evidence).length > 0 ? evidence : undefined,
    phases: more.phases,
    durationMs: tenths(more.durationMs ?? 0),
  });
};

export const skippedCheck = (dependency: Subject, target: string, reason: string): Check => ({
  dependency,
  target,
  ok: true,
  skipped: true,
  reason,
  layer: 'config',
  durationMs: 0,
});

/** The check of a dependency whose settings are wrong: all of them at once. */
export const settingsCheck = (dependency: Subject, problems: readonly SettingProblem[]): Check => {
  const [first] = problems;
  const detail = problems.map(({ message }) => message).join('; ');
  const evidence = { variables: problems.map(({ variable }) => variable) };
  return failedCheck(dependency, 'settings', { cause: first?.cause ?? 'SETTING_INVALID', detail, evidence });
};

/**
 * Runs a climb and reports it. Whatever it throws is a failed check too: a probe never falls silent because
 * of a defect in one check.
 */
export const runCheck = async (
  dependency: Subject,
  target: string,
  climbTo: (climb: Climb) => Promise<Outcome<{ connectMs?: number }>>,
): Promise<CheckResult> => {
  const begin = monotonicNow();
  const climb = startClimb();
  let outcome: Outcome<{ connectMs?: number }>;
  try {
    outcome = await climbTo(climb);
  } catch (error) {
    const { message = 'no message', code } = errorFields(error);
    outcome = failed('UNKNOWN', `the check itself failed: ${message}`, { code });
  }
  const durationMs = tenths(monotonicNow() - begin);
  const certificate =
    climb.certificateDaysLeft === undefined ? {} : { certificateDaysLeft: climb.certificateDaysLeft };
  if (!outcome.ok) {
    const failure = { ...outcome.failure, evidence: { ...climb.evidence, ...outcome.failure.evidence } };
    return {
      check: failedCheck(dependency, target, failure, {
        phases: climb.phases,
        durationMs,
        toldApart: climb.toldApart,
      }),
      ...certificate,
    };
  }
  return {
    check: {
      dependency,
      target,
      ok: true,
      layer: 'query',
      evidence: withoutUndefined(climb.evidence),
      phases: climb.phases,
      durationMs,
    },
    ...certificate,
    ...(outcome.value.connectMs === undefined ? {} : { connectMs: tenths(outcome.value.connectMs) }),
  };
};
