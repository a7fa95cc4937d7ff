/** An alarm as it came: sent where it cannot be read, or where explaining it fails. */
import type { Severity } from './alarms.ts';
import { type Mail, subjectOf } from './mail.ts';

/** @param why a sentence */
export const rawMail = (
  message: string,
  severity: Severity,
  name: string | undefined,
  why: string,
): Mail => ({
  subject: subjectOf(severity, `${name ?? 'A message to the alarm topic'} (not explained)`),
  text: `${why} This is what came, unchanged:\n\n${message}\n`,
});
