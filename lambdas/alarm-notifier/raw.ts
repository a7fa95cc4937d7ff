/** An alarm as it came: sent where it cannot be read, or where explaining it fails. */
import type { AlarmChange } from './alarm-change.ts';
import type { Severity } from './alarms.ts';
import { type Content, linked, type Surroundings } from './content.ts';
import { splitDescription } from './description.ts';
import { type Mail, subjectOf } from './mail.ts';

export interface Raw {
  message: string;
  severity: Severity;
  /** Absent where the message tells of none. */
  change: AlarmChange | undefined;
  /** Why it is not explained: a sentence. */
  why: string;
}

const titleOf = ({ change }: Raw): string =>
  `${change?.name ?? 'A message to the alarm topic'} (not explained)`;

/** @param note a further sentence */
export const rawMail = (raw: Raw, severity: Severity, note = ''): Mail => ({
  subject: subjectOf(severity, titleOf(raw)),
  text: `${`${raw.why} ${note}`.trim()} This is what came, unchanged:\n\n${raw.message}\n`,
});

/** For a chat, which shows only so much: what is needed first, then what came. */
export const rawContent = (raw: Raw, surroundings: Surroundings): Content => {
  const { message, severity, change, why } = raw;
  const { wrong = '', consequence = '', runbook } = change ? splitDescription(change.description) : {};
  return {
    title: `${surroundings.prefix}: ${titleOf(raw)}`,
    threadKey: `${surroundings.prefix}/not-explained/${change?.name ?? 'message'}`,
    severity,
    headline: why,
    fields: [
      ...(runbook === undefined ? [] : [['Runbook', [linked(runbook, surroundings)]] as const]),
      ...(change ? [['Alarm', [`${change.name} is ${change.to}. ${wrong} ${consequence}`]] as const] : []),
      ['Came', [message]],
    ],
  };
};
