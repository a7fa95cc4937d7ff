/** A report for people: in a terminal of any width. */
import type { Check, Report } from './report.ts';

export interface FormatOptions {
  /** Columns of the terminal; lines are broken at words before it. */
  width?: number;
  /** Whether to use ANSI colours. */
  color?: boolean;
}

const labelWidth = 11;

export const paint = (text: string, code: number, color: boolean): string =>
  color ? `\x1b[${code}m${text}\x1b[0m` : text;

/** Breaks a text into lines of at most `width` columns, at white space where there is some. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    let rest = word;
    if (line && line.length + 1 + rest.length > width) {
      lines.push(line);
      line = '';
    }
    while (rest.length > width) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    line = line ? `${line} ${rest}` : rest;
  }
  return line ? [...lines, line] : lines;
};

export const field = (label: string, text: string, width: number): string[] => {
  const lines = wrap(text, Math.max(20, width - labelWidth - 4));
  return lines.map((line, index) => `    ${(index === 0 ? label : '').padEnd(labelWidth - 1)} ${line}`);
};

/** A value of the evidence: lists and objects as their items, with a comma between. */
export const shown = (value: unknown): string => {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(shown).join(', ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, inner]) => `${key} ${shown(inner)}`)
      .join(', ');
  return String(value);
};

const pairs = (object: object): string =>
  Object.entries(object)
    .map(([key, value]) => `${key}=${shown(value)}`)
    .join('; ');

/** From this many characters on, a list is one of sentences. */
const longList = 100;

const isLongList = (value: unknown): value is unknown[] =>
  Array.isArray(value) && shown(value).length >= longList;

/** Facts in one paragraph. A long list has a line for each item, and is only counted where nothing is wrong. */
export const factLines = (facts: object, width: number, { ok = false } = {}): string[] => {
  const entries = Object.entries(facts);
  const long = entries.filter(([, value]) => isLongList(value));
  const counted = ok ? long.map(([key, value]) => [key, `${value.length} (all with --json)`]) : [];
  const short = entries.filter(([, value]) => !isLongList(value));
  const paragraph = pairs(Object.fromEntries([...short, ...counted]));
  return [
    ...(paragraph === '' ? [] : field('evidence', paragraph, width)),
    ...(ok ? [] : long).flatMap(([key, items], place) => [
      ...field(paragraph === '' && place === 0 ? 'evidence' : '', `${key}:`, width),
      ...(items as unknown[]).flatMap((item) => field('', `- ${shown(item)}`, width)),
    ]),
  ];
};

/** Parts of the evidence that have a line of their own, because they are sentences. */
const doubtLabels = { mayBe: 'may be', toldApart: 'told apart', decides: 'decided by' };

const list = (value: unknown): string => (Array.isArray(value) ? value : [value]).map(String).join('; ');

const evidenceLines = (check: Check, width: number): string[] => {
  const entries = Object.entries(check.evidence ?? {});
  const facts = Object.fromEntries(entries.filter(([key]) => !(key in doubtLabels)));
  const doubts = Object.entries(doubtLabels).flatMap(([key, label]) => {
    const value = check.evidence?.[key];
    return value === undefined ? [] : field(label, list(value), width);
  });
  return [...factLines(facts, width, check), ...doubts];
};

/** How long a check took, and each of its phases: "14.2 ms (dns 0.3 ms, tcp 0.2 ms)". */
export const timesOf = ({ durationMs, phases = {} }: Check): string => {
  const parts = Object.entries(phases).map(([phase, ms]) => `${phase.replace(/Ms$/, '')} ${ms} ms`);
  return `${durationMs} ms${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
};

const statusOf = (check: Check): { word: string; code: number } => {
  if (check.skipped) return { word: 'skipped', code: 33 };
  return check.ok ? { word: 'ok', code: 32 } : { word: 'FAILED', code: 31 };
};

/** One check as lines. */
export const formatCheck = (check: Check, width: number, color: boolean): string[] => {
  const { word, code } = statusOf(check);
  const head = `  ${paint(word.padEnd(8), code, color)}${check.dependency.padEnd(10)}${check.target}`;
  if (check.skipped) return [head, ...field('why', check.reason ?? '', width)];
  if (check.ok) {
    const through = `reached ${check.layer} in ${timesOf(check)}`;
    return [head, ...field('', through, width), ...evidenceLines(check, width)];
  }
  return [
    head,
    ...field('cause', `${check.cause} (layer ${check.layer})`, width),
    ...field('detail', check.detail ?? '', width),
    ...evidenceLines(check, width),
    ...field('remedy', check.remedy ?? '', width),
    ...field('runbook', check.runbook ?? '', width),
    ...field('took', timesOf(check), width),
  ];
};

const summary = (report: Report): string => {
  const bad = report.checks.filter(({ ok }) => !ok).length;
  return bad === 0 ? 'all good' : `${bad} of ${report.checks.length} checks failed`;
};

/** The whole report as text, without a trailing line break. */
export const formatReport = (report: Report, options: FormatOptions = {}): string => {
  const { width = 80, color = false } = options;
  const title = `${report.probe} probe, ${report.environment}, ${report.at}: ${summary(report)}`;
  const sources = Object.entries(report.sources ?? {}).map(
    ([name, value]) => `    ${name.padEnd(18)}${value ?? '(not read)'}`,
  );
  return [
    ...wrap(title, width).map((line) => paint(line, 1, color)),
    ...report.checks.flatMap((check) => formatCheck(check, width, color)),
    ...(sources.length > 0 ? ['  database name by source', ...sources] : []),
  ].join('\n');
};
