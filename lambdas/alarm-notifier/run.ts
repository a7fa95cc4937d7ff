/** Takes one message of an alarm topic to the people whom it concerns. */
import { type AlarmChange, readChange } from './alarm-change.ts';
import type { AlarmReader, Severity } from './alarms.ts';
import { chatOf } from './chat.ts';
import { type Content, contentOf, type Surroundings } from './content.ts';
import { chatNote, deliver, type Letter, type Ways } from './deliver.ts';
import { explain } from './explanation.ts';
import type { ReportReader } from './last-report.ts';
import { mailOf } from './mail.ts';
import type { Subscribed } from './publish.ts';
import { type Raw, rawContent, rawMail } from './raw.ts';
import { attempt } from './reading.ts';
import { findSituation } from './situation.ts';
import { thrown } from './thrown.ts';
import { judge } from './verdict.ts';
import type { Sent } from './webhook.ts';

export interface Notifier extends Surroundings, Ways {
  alarms: AlarmReader;
  reports: ReportReader;
  /** Asked only when the chat has failed. */
  subscribed: Subscribed;
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
  /** Absent where there is no chat, or nothing to tell it. */
  chat?: 'told' | 'failed';
  kind?: 'opened' | 'eased' | 'cleared' | 'raw';
  thread?: string;
  /** Why nobody was told, or what went wrong beside. */
  why?: string;
}

const chatOutcome = (chat: Sent | undefined): Pick<Outcome, 'chat'> =>
  chat ? { chat: chat.ok ? 'told' : 'failed' } : {};

const alarmOf = ({ change }: Pick<Raw, 'change'>): Pick<Outcome, 'alarm'> =>
  change ? { alarm: change.name } : {};

/** @throws what kept it from a list */
const sendRaw = async (raw: Raw, to: readonly Severity[], notifier: Notifier): Promise<Outcome> => {
  const { why } = raw;
  const { chat, failed } = await deliver(
    { to, chat: chatOf(rawContent(raw, notifier)), mail: (one, note) => rawMail(raw, one, note) },
    notifier,
  );
  if (failed[0]) throw failed[0].reason;
  return {
    ...alarmOf(raw),
    ...{ sent: to, ...chatOutcome(chat), kind: 'raw' },
    why: [why, chatNote(chat)].filter(Boolean).join(' '),
  };
};

const failure = (error: unknown): string => {
  const { name, message } = thrown(error);
  return `The notifier failed (${name}: ${message}).`;
};

/** What is to be said, and to whom; nothing where it is no news. */
type Explained =
  | { send: true; kind: 'opened' | 'eased' | 'cleared'; letter: Letter }
  | { send: false; why: string };

const letterOf = (content: Content, to: readonly Severity[]): Letter => ({
  ...{ to, threadKey: content.threadKey, chat: chatOf(content) },
  mail: (one, note) => {
    const fields = note === undefined ? content.fields : [...content.fields, ['Chat', [note]] as const];
    return mailOf({ ...content, fields }, one);
  },
});

const explainChange = async (
  change: AlarmChange,
  severity: Severity,
  notifier: Notifier,
): Promise<Explained> => {
  const { alarms, reports, readTimeoutMs, prefix } = notifier;
  const signal = AbortSignal.timeout(readTimeoutMs);
  const situation = await findSituation(change, severity, { prefix, alarms, signal });
  const verdict = judge(situation);
  if (!verdict.send) return verdict;
  const incident = situation.own?.incident;
  const explanation =
    incident && (await explain(incident, change.at, reports, AbortSignal.timeout(readTimeoutMs)));
  // What is over needs no explanation that nobody has.
  const useful = change.to === 'ALARM' || explanation?.found ? explanation : undefined;
  const content = contentOf(situation, verdict, useful, notifier);
  return { send: true, kind: verdict.kind, letter: letterOf(content, verdict.to) };
};

/**
 * The lists are what people rely on: those that do not get it get it as it came. The chat is asked once.
 *
 * @throws what kept it from a list, even as it came
 */
const sendExplained = async (
  { kind, letter }: Explained & { send: true },
  raw: Omit<Raw, 'why'>,
  notifier: Notifier,
): Promise<Outcome> => {
  const { to, threadKey: thread } = letter;
  const { chat, failed } = await deliver(letter, notifier);
  const note = chatNote(chat);
  const [first] = failed;
  if (!first)
    return {
      ...{ ...alarmOf(raw), sent: to, ...chatOutcome(chat), kind },
      ...(thread !== undefined && { thread }),
      ...(note !== undefined && { why: note }),
    };
  const why = [failure(first.reason), note].filter(Boolean).join(' ');
  const without = failed.map((one) => one.to);
  const outcome = await sendRaw({ ...raw, why }, without, { ...notifier, chat: undefined });
  return { ...outcome, sent: to, ...chatOutcome(chat) };
};

/** Whether one of the lists has a reader. What cannot be known is no: rather told twice than not at all. */
const hasReader = async (
  lists: readonly Severity[],
  { subscribed, readTimeoutMs }: Notifier,
): Promise<boolean> => {
  const signal = AbortSignal.timeout(readTimeoutMs);
  const readings = await Promise.all(lists.map((one) => attempt(() => subscribed(one), signal)));
  return readings.some((reading) => reading.read && reading.value);
};

/**
 * @throws when nobody has it: nothing could be published, or the chat failed and the lists have no confirmed
 * subscription. A webhook that fails beside an e-mail is told in the e-mail and logged.
 */
export const notify = async (message: string, severity: Severity, notifier: Notifier): Promise<Outcome> => {
  const change = readChange(message);
  const raw = { message, severity, change };
  const outcome = await (async (): Promise<Outcome> => {
    if (!change)
      return sendRaw({ ...raw, why: 'This message is no change of an alarm.' }, [severity], notifier);
    let explained: Explained;
    try {
      explained = await explainChange(change, severity, notifier);
    } catch (error) {
      return sendRaw({ ...raw, why: failure(error) }, [severity], notifier);
    }
    if (!explained.send) return { alarm: change.name, sent: [], why: explained.why };
    return sendExplained(explained, raw, notifier);
  })();
  const level = outcome.kind === 'raw' || (outcome.sent.length > 0 && outcome.why) ? 'error' : 'info';
  notifier.write(JSON.stringify({ level, message: 'notification', ...outcome }));
  if (outcome.chat === 'failed' && !(await hasReader(outcome.sent, notifier)))
    throw new Error(
      `Nobody was told of ${change?.name ?? 'a message to the alarm topic'}: ${outcome.why} Nobody is known to subscribe to ${outcome.sent.join(' and ')}.`,
    );
  return outcome;
};
