/** A diagnosis for people: in a terminal of any width. */
import { type FormatOptions, factLines, field, paint, wrap } from '../checks/index.ts';
import type { AlarmFact, DiagnosisResult } from './result.ts';

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

const alarmText = ({ name, since, timesInDay }: AlarmFact): string =>
  `${since} (alarm ${name}, ${times(timesInDay)} in 24 h)`;

const sinceText = ({ alarms }: DiagnosisResult['findings'][number], canSee: boolean): string => {
  if (alarms.length > 0) return alarms.map(alarmText).join('; ');
  return canSee
    ? 'no alarm is up: it began within the last minutes, or none watches it'
    : 'not known: the alarms cannot be read from here';
};

const formatFinding = (
  finding: DiagnosisResult['findings'][number],
  place: number,
  canSee: boolean,
  width: number,
  color: boolean,
): string[] => {
  const {
    dependency,
    cause = 'UNKNOWN',
    layer,
    detail = '',
    evidence = {},
    remedy = '',
    runbook = '',
  } = finding;
  return [
    `${paint(`${place}  ${cause}`, 31, color)}  ${dependency}, layer ${layer}`,
    ...field('what', detail, width),
    ...field('since', sinceText(finding, canSee), width),
    ...factLines(evidence, width),
    ...field('do', remedy, width),
    ...field('runbook', runbook, width),
    ...field('found by', finding.probes.join(', '), width),
    ...finding.follows.flatMap(({ dependency: other, cause: then, because }) =>
      field('follows', `${other} ${then ?? ''}: ${because}`, width),
    ),
  ];
};

const title = ({ findings, reports, environment, at }: DiagnosisResult): string => {
  const checks = reports.flatMap((report) => report.checks).filter(({ skipped }) => !skipped);
  const failed = checks.filter(({ ok }) => !ok).length;
  const what =
    findings.length === 0
      ? 'nothing is wrong'
      : `${findings.length} ${findings.length === 1 ? 'thing is' : 'things are'} wrong`;
  return `diagnosis, ${environment}, ${at}: ${what} (${failed} of ${checks.length} checks failed)`;
};

/** The whole diagnosis as text, without a trailing line break. */
export const formatDiagnosis = (result: DiagnosisResult, options: FormatOptions = {}): string => {
  const { width = 80, color = false } = options;
  const canSee = !result.notRun.some(({ probe }) => probe === 'alarms');
  return [
    ...wrap(title(result), width).map((line) => paint(line, 1, color)),
    ...result.findings.flatMap((finding, index) => formatFinding(finding, index + 1, canSee, width, color)),
    ...(result.notRun.length > 0 ? ['not looked at from here'] : []),
    ...result.notRun.flatMap(({ probe, reason }) => field(probe, reason, width)),
  ].join('\n');
};
