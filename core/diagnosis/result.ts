/** What `npm run diagnose` says, for machines and for people. */
import type { Check, ProbeName, Report } from '../checks/index.ts';
import type { Diagnosis } from './diagnose.ts';

/** What is known of an alarm that watches a dependency. */
export interface AlarmFact {
  name: string;
  dependency: string;
  state: string;
  /** ISO 8601: when it went into its state. */
  since: string;
  /** How often it went into ALARM in the last 24 hours, this time included. */
  timesInDay: number;
}

/** A probe that could not be run from here, and why. */
export interface NotRun {
  probe: ProbeName | 'alarms';
  reason: string;
}

export interface DiagnosisResult {
  environment: string;
  at: string;
  ok: boolean;
  /** What is wrong, the first to read first. */
  findings: (Pick<
    Check,
    'dependency' | 'target' | 'layer' | 'cause' | 'detail' | 'evidence' | 'remedy' | 'runbook'
  > & {
    probes: ProbeName[];
    /** The alarms that tell of it, the oldest first: since when. */
    alarms: AlarmFact[];
    follows: { dependency: string; cause?: string; detail?: string; probes: ProbeName[]; because: string }[];
  })[];
  notRun: NotRun[];
  reports: Report[];
}

/** Alarms that are up, of what a finding and its followers are about. */
const alarmsOf = (diagnosis: Diagnosis, alarms: readonly AlarmFact[]): AlarmFact[] => {
  const touched = new Set([
    diagnosis.check.dependency as string,
    ...diagnosis.follows.map(({ finding }) => finding.check.dependency as string),
  ]);
  return alarms
    .filter(({ state, dependency }) => state === 'ALARM' && touched.has(dependency))
    .sort((a, b) => a.since.localeCompare(b.since));
};

export const resultOf = (
  diagnoses: readonly Diagnosis[],
  more: { environment: string; at: Date; alarms: readonly AlarmFact[]; notRun: NotRun[]; reports: Report[] },
): DiagnosisResult => ({
  environment: more.environment,
  at: more.at.toISOString(),
  ok: diagnoses.length === 0,
  findings: diagnoses.map((diagnosis) => {
    const { dependency, target, layer, cause, detail, evidence, remedy, runbook } = diagnosis.check;
    const known = <K extends string, V>(key: K, value: V | undefined) =>
      (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
    return {
      dependency,
      target,
      layer,
      ...known('cause', cause),
      ...known('detail', detail),
      ...known('evidence', evidence),
      ...known('remedy', remedy),
      ...known('runbook', runbook),
      probes: diagnosis.probes,
      alarms: alarmsOf(diagnosis, more.alarms),
      follows: diagnosis.follows.map(({ finding, because }) => ({
        dependency: finding.check.dependency,
        ...known('cause', finding.check.cause as string | undefined),
        ...known('detail', finding.check.detail),
        probes: finding.probes,
        because,
      })),
    };
  }),
  notRun: more.notRun,
  reports: more.reports,
});
