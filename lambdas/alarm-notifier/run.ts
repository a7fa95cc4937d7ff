/** Takes one message of an alarm topic to the people whom it concerns. */

import { type AlarmChange, readChange } from './alarm-change.ts';
import type { AlarmReader, Severity } from './alarms.ts';
import { type ChatMessage, chatOf } from './chat.ts';
import { contentOf, type Surroundings } from './content.ts';
import { explain } from './explanation.ts';
import type { ReportReader } from './last-report.ts';
import { mailOf } from './mail.ts';
import type { Publish } from './publish.ts';
import { rawMail } from './raw.ts';
import { findSituation } from './situation.ts';
import { thrown } from './thrown.ts';
import { judge } from './verdict.ts';
import type { Sent } from './webhook.ts';

export interface Notifier extends Surroundings {
  alarms: AlarmReader;
  reports: ReportReader;
  publish: Publish;
  /** Absent where there is no chat. */
  chat: ((message: ChatMessage) => Promise<Sent>) | undefined;
  /** Deadline of what is read of alarms, and again of reports, milliseconds. */
  readTimeoutMs: number;
  /** Takes one line of the log. */
  write: (line: string) => void;
}

/** What became of a message. */
export interface Outcome {
  alarm?: string;
  /** Lists that were told. */
  sent: readonly Severity[];
  kind?: 'opened' | 'eased' | 'cleared' | 'raw';
  thread?: string;
  /** Why nobody was told, or what went wrong beside. */
  why?: string;
}

const sendRaw = async (
  message: string,
  severity: Severity,
  name: string | undefined,
  why: string,
  { publish }: Notifier,
): Promise<Outcome> => {
  await publish(severity, rawMail(message, severity, name, why));
  return { ...(name !== undefined && { alarm: name }), sent: [severity], kind: 'raw', why };
};

const sendExplained = async (
  change: AlarmChange,
  severity: Severity,
  notifier: Notifier,
): Promise<Outcome> => {
  const { alarms, reports, publish, chat, readTimeoutMs, prefix } = notifier;
  const signal = AbortSignal.timeout(readTimeoutMs);
  const situation = await findSituation(change, severity, { prefix, alarms, signal });
  const verdict = judge(situation);
  if (!verdict.send) return { alarm: change.name, sent: [], why: verdict.why };
  const incident = situation.own?.incident;
  const explanation =
    incident && (await explain(incident, change.at, reports, AbortSignal.timeout(readTimeoutMs)));
  // What is over needs no explanation that nobody has.
  const useful = change.to === 'ALARM' || explanation?.found ? explanation : undefined;
  const content = contentOf(situation, verdict, useful, notifier);
  const { threadKey } = content;
  // Both channels are tried, whatever becomes of the other.
  const [mails, chatted] = await Promise.all([
    Promise.allSettled(verdict.to.map((to) => publish(to, mailOf(content, to), threadKey))),
    chat?.(chatOf(content)),
  ]);
  const failed = mails.find(({ status }) => status === 'rejected');
  // The list is what people rely on: the run fails, is repeated, and in the end the alarm arrives raw.
  if (failed?.status === 'rejected') throw failed.reason;
  return {
    ...{ alarm: change.name, sent: verdict.to, kind: verdict.kind, thread: threadKey },
    ...(chatted && !chatted.ok && { why: `The webhook failed: ${chatted.why}.` }),
  };
};

/**
 * @throws when nothing could be published; a webhook that fails is logged, and so is a message that had to be sent as
 * it came
 */
export const notify = async (message: string, severity: Severity, notifier: Notifier): Promise<Outcome> => {
  const change = readChange(message);
  const outcome = await (async (): Promise<Outcome> => {
    if (!change)
      return sendRaw(message, severity, undefined, 'This message is no change of an alarm.', notifier);
    try {
      return await sendExplained(change, severity, notifier);
    } catch (error) {
      const { name, message: text } = thrown(error);
      return sendRaw(message, severity, change.name, `The notifier failed (${name}: ${text}).`, notifier);
    }
  })();
  const level = outcome.kind === 'raw' || (outcome.sent.length > 0 && outcome.why) ? 'error' : 'info';
  notifier.write(JSON.stringify({ level, message: 'notification', ...outcome }));
  return outcome;
};
