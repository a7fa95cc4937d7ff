/** What a message says, before it is laid out. */
import { causes } from '../../core/causes/index.ts';
import { type Check, timesOf } from '../../core/checks/index.ts';
import { type Condition, conditions } from '../../core/conditions/index.ts';
import type { Alarm, Severity } from './alarms.ts';
import { splitDescription } from './description.ts';
import { evidenceText } from './evidence.ts';
import { orderOf } from './explains.ts';
import type { Explanation } from './explanation.ts';
import { figureOf } from './figure.ts';
import type { FoundReport } from './last-report.ts';
import type { FoundSituation } from './situation.ts';
import type { Verdict } from './verdict.ts';

export interface Content {
  /** One line: what opened the incident, and since when. The same for every message of a thread. */
  title: string;
  threadKey: string;
  severity: Severity;
  /** What users suffer, or that they no longer do. */
  headline: string;
  /** Labels with what they say, in the order in which they are read. */
  fields: readonly (readonly [label: string, lines: readonly string[]])[];
}

export interface Surroundings {
  prefix: string;
  /** Without a slash at its end. */
  runbooks: string | undefined;
}

const minuteMs = 60_000;

const stamp = (at: number): string => new Date(at).toISOString().slice(0, 16);
const day = (at: number): string => stamp(at).replace('T', ' ');

/** In words, from minutes on. */
export const lasting = (ms: number): string => {
  const minutes = Math.max(0, Math.round(ms / minuteMs));
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days ${hours % 24} h`;
};

export const meaningOf = ({ condition, name }: Pick<Alarm, 'condition' | 'name'>): string =>
  condition ? conditions[condition].means : name;

const causeOf = ({ cause: code }: Check): string => {
  const cause = code && causes[code];
  return cause ? `${cause.code}: ${cause.meaning}` : String(code);
};

/** What is wrong is not that something failed: it is what the condition means, and what the figure shows. */
const goodCause = ({ check, source, failed }: FoundReport, about: Condition, limit?: number): string[] => {
  const figure = figureOf(about, check, limit);
  const { probe, dependency } = source;
  return [
    `${about.means}.`,
    ...(figure === undefined ? [] : [figure]),
    `The ${probe} probe finds nothing${figure === undefined ? '' : ' else'} wrong with ${dependency}.`,
    ...(failed ? [`But its report of ${stamp(failed.at)}Z does: ${causeOf(failed.check)}`] : []),
  ];
};

/** @param limit of the alarm on `about`, in the unit of its metric */
const reportFields = (found: FoundReport, about: Condition, limit?: number): Content['fields'] => {
  const { check, source, at, goodSince } = found;
  const remedy = check.remedy ?? (check.ok ? about.remedy : check.cause && causes[check.cause]?.remedy);
  return [
    [
      'Cause',
      check.ok
        ? goodCause(found, about, limit)
        : [causeOf(check), ...(check.detail === undefined ? [] : [check.detail])],
    ],
    [
      'Evidence',
      [
        ...evidenceText(check.evidence ?? {}),
        ...(check.phases ? [`took ${timesOf(check)}`] : []),
        `(report of the ${source.probe} probe, ${stamp(at)}Z, about ${check.target})`,
        ...(goodSince === undefined ? [] : [`A later report, of ${stamp(goodSince)}Z, finds nothing wrong.`]),
      ],
    ],
    ['Remedy', [remedy ?? 'See the runbook.']],
  ];
};

/** What is over needs no repair: only what it was. */
const pastFields = ({ check, source, at }: FoundReport): Content['fields'] => {
  const origin = `(report of the ${source.probe} probe, ${stamp(at)}Z)`;
  return check.ok || !check.cause ? [] : [['It was', [causeOf(check), origin]]];
};

/** A runbook where people read it. */
export const linked = (runbook: string, { runbooks }: Surroundings): string =>
  runbooks === undefined ? runbook : `${runbooks}/${runbook}`;

const headlines = {
  opened: (consequence: string) => consequence,
  eased: (_: string, severity: Severity, name: string) =>
    severity === 'page'
      ? 'Users no longer suffer from it. Not everything is good again.'
      : `${name} is over. What followed from it is still red, and has another reason if it stays so.`,
  cleared: () => 'All of it is over.',
};

const redLines = (alarms: readonly Alarm[]): string[] =>
  alarms
    .toSorted((a, b) => orderOf(a.condition) - orderOf(b.condition))
    .map((alarm) => `${alarm.name} since ${stamp(alarm.since)}Z: ${meaningOf(alarm)}`);

const consoleOf = (name: string, region: string): string =>
  `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(name)}`;

/** @param explanation of what is or was wrong; a message that all is over has none where no report tells it */
export const contentOf = (
  situation: FoundSituation,
  { kind, to }: Verdict & { send: true },
  explanation: Explanation | undefined,
  surroundings: Surroundings,
): Content => {
  const { change, severity, subject, own, alsoRed, unread } = situation;
  const { prefix } = surroundings;
  const opener = own?.incident.opener ?? { alarm: subject, start: change.at };
  const root = own?.incident.root.alarm ?? subject;
  const { consequence, wrong, runbook } = splitDescription(change.description);
  const { report, about } = explanation?.found ? explanation : {};
  // The limit of another alarm would say nothing of this one's figure.
  const limit = about === subject.condition ? change.limit : undefined;
  const page = (report && !report.check.ok && report.check.runbook) || runbook;
  const since = `${day(opener.start)} UTC, ${lasting(change.at - opener.start)}`;
  const explained =
    report &&
    about &&
    (change.to === 'ALARM' ? reportFields(report, conditions[about], limit) : pastFields(report));
  const alarm =
    change.to === 'ALARM' ? `${change.name} is ALARM. ${wrong}`.trim() : `${change.name} is ${change.to}.`;
  const fields: Content['fields'] = [
    ...(root.name === subject.name ? [] : [['Root', [`${root.name}: ${meaningOf(root)}`]] as const]),
    ...(explained ?? (explanation?.found === false ? [['Cause', [explanation.why]] as const] : [])),
    [kind === 'cleared' ? 'Lasted' : 'Since', [kind === 'cleared' ? `from ${since}` : since]],
    ['Also red', alsoRed.length > 0 ? redLines(alsoRed) : unread.length > 0 ? [] : ['nothing']],
    ['Not read', unread],
    ['Runbook', page ? [linked(page, surroundings)] : []],
    ['Alarm', [alarm, change.reason]],
    ['Console', [consoleOf(change.name, change.region)]],
  ];
  return {
    title: `${prefix}: ${meaningOf(opener.alarm)} (since ${day(opener.start)}Z)`,
    threadKey: `${prefix}/${opener.alarm.condition ?? opener.alarm.name}/${stamp(opener.start)}Z`,
    severity: to.includes(severity) ? severity : (to[0] ?? severity),
    headline: headlines[kind](consequence || meaningOf(subject), severity, subject.name),
    fields: fields.filter(([, lines]) => lines.some((line) => line !== '')),
  };
};
