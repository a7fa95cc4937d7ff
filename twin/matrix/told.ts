/** Whether what people were sent of a fault says what they need. */
import { type ConditionName, conditions } from '../../core/conditions/index.ts';
import type { Notification } from '../notifications/index.ts';

/** What a message of each figure says, with units. */
const figures = {
  certificate: /valid to \d{4}-\d\d-\d\d \d\d:\d\d UTC, \d+ days? after this report; told below \d+ days/,
  connecting: /took [\d,.]+ ms until it was ready for queries, .*; told above [\d,]+ ms/,
} as const;

/** Text without the line breaks of an e-mail. */
const inOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

const lacking = (name: ConditionName, text: string): string[] => [
  ...['Cause', 'Evidence', 'Remedy', 'Runbook'].filter((label) => !new RegExp(`^${label} `, 'm').test(text)),
  ...Object.entries(figures).flatMap(([figure, pattern]) =>
    conditions[name].figure === figure && !pattern.test(inOneLine(text)) ? [`its ${figure}`] : [],
  ),
];

/** A probe that is silent has no report, or one from before. */
const hasReport = (name: ConditionName): boolean =>
  conditions[name].report !== undefined && !name.endsWith('-probe-silent');

/**
 * Sentences of what is missing: each of the broken conditions that a probe looks at is told, with cause, evidence,
 * remedy, runbook, and its figure where it has one.
 *
 * @param broken those that have an alarm
 */
export const lackingOf = (
  prefix: string,
  broken: readonly ConditionName[],
  told: readonly Pick<Notification, 'text'>[],
): string[] =>
  broken.filter(hasReport).flatMap((name) => {
    const opened = told.find(({ text }) => inOneLine(text).includes(` ${prefix}-${name} is ALARM.`));
    if (!opened) return [`no notification told of ${name}; there were ${told.length}`];
    const missing = lacking(name, opened.text);
    return missing.length > 0 ? [`the notification of ${name} lacks ${missing.join(', ')}`] : [];
  });
