import type { Check, Report } from '../../../core/checks/index.ts';
import type { ReportSource } from '../../../core/conditions/index.ts';
import type { AlarmState } from '../../../lambdas/alarm-notifier/alarm-change.ts';
import type { AlarmReader, PastChange, Severity } from '../../../lambdas/alarm-notifier/alarms.ts';
import { conditionOf } from '../../../lambdas/alarm-notifier/alarms.ts';
import type { ChatMessage } from '../../../lambdas/alarm-notifier/chat.ts';
import type { LoggedReport, ReportReader } from '../../../lambdas/alarm-notifier/last-report.ts';
import { type Notifier, notify, type Outcome } from '../../../lambdas/alarm-notifier/run.ts';

export const prefix = 'hokusai-production';

/** Minute 0. */
export const begin = Date.parse('2026-01-01T00:00:00Z');

export const timeOf = (minute: number): number => begin + minute * 60_000;

/** A mail as it left. */
export interface Letter {
  minute: number;
  severity: Severity;
  subject: string;
  text: string;
  thread: string | undefined;
}

/** The message that CloudWatch publishes. */
export const alarmMessage = (
  name: string,
  from: AlarmState,
  to: AlarmState,
  at: number,
  description = `Something about ${name} is wrong. Requests that use it fail. Runbook: runbooks/probes.md#silence`,
): string =>
  JSON.stringify({
    AlarmName: name,
    AlarmDescription: description,
    AWSAccountId: '123456789012',
    NewStateValue: to,
    NewStateReason: 'Threshold Crossed: 2 datapoints were less than the threshold (1.0).',
    StateChangeTime: new Date(at).toISOString().replace('Z', '+0000'),
    Region: 'US East (N. Virginia)',
    AlarmArn: `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${name}`,
    OldStateValue: from,
    Trigger: { MetricName: 'Up', Namespace: 'Breakwater' },
  });

export const refused: Check = {
  dependency: 'postgres',
  target: 'db:5432/mlflow_db',
  ok: false,
  layer: 'tcp',
  cause: 'CONNECTION_REFUSED',
  detail: 'nothing listens on 10.30.0.5:5432',
  evidence: { address: '10.30.0.5', port: 5432 },
  remedy: 'Start the database.',
  runbook: 'runbooks/network.md#connection_refused',
  durationMs: 3,
};

export const reportOf = (probe: Report['probe'], ...checks: Check[]): Report => ({
  ...{ probe, environment: 'production', at: '', durationMs: 1 },
  ok: checks.every(({ ok }) => ok),
  checks,
});

export interface World {
  letters: Letter[];
  chats: ChatMessage[];
  outcomes: Outcome[];
  log: string[];
  notifier: Notifier;
  /** Which alarms are red in this minute, of those that there are; every change is told, in the order of the names. */
  minute(number: number, red: readonly string[]): Promise<void>;
  /** Changes one alarm and tells it. */
  change(minute: number, condition: string, to: AlarmState): Promise<void>;
}

/** An environment with these alarms, all of them OK; an entry is the name of its condition. */
export const createWorld = (
  conditions: readonly string[],
  {
    reports = [],
    fail = {},
    muted = [],
  }: {
    /** Alarms whose actions are off. */
    muted?: readonly string[];
    reports?: readonly (LoggedReport & { probe: ReportSource['probe'] })[];
    fail?: {
      describe?: Error;
      history?: Error;
      reports?: Error;
      publish?: (letter: Omit<Letter, 'minute'>) => boolean;
    };
  } = {},
): World => {
  const severityOf = (condition: string): Severity => (condition === 'user-impact' ? 'page' : 'ticket');
  const states = new Map(
    conditions.map((one) => [one, { state: 'OK' as AlarmState, since: begin - 86_400_000 }]),
  );
  const past = new Map<string, PastChange[]>(conditions.map((one) => [one, []]));
  const letters: Letter[] = [];
  const chats: ChatMessage[] = [];
  const outcomes: Outcome[] = [];
  const log: string[] = [];
  let now = 0;
  const alarms: AlarmReader = {
    describe: async () => {
      if (fail.describe) throw fail.describe;
      return conditions.map((condition) => ({
        name: `${prefix}-${condition}`,
        condition: conditionOf(`${prefix}-${condition}`, prefix),
        ...(states.get(condition) ?? { state: 'OK', since: 0 }),
        severity: severityOf(condition),
        told: !muted.includes(condition),
      }));
    },
    history: async (name) => {
      if (fail.history) throw fail.history;
      return past.get(name.slice(prefix.length + 1)) ?? [];
    },
  };
  const reader: ReportReader = {
    reports: async (probe, { from, to }) => {
      if (fail.reports) throw fail.reports;
      return reports.filter((one) => one.probe === probe && one.at >= from && one.at <= to);
    },
  };
  const notifier: Notifier = {
    ...{ prefix, runbooks: undefined, alarms, reports: reader, readTimeoutMs: 5_000 },
    publish: async (severity, { subject, text }, thread) => {
      const letter = { severity, subject, text, thread };
      if (fail.publish?.(letter)) throw new Error('the topic is away');
      letters.push({ minute: now, ...letter });
    },
    chat: async (message) => {
      chats.push(message);
      return { ok: true };
    },
    subscribed: async () => true,
    write: (line) => log.push(line),
  };
  const apply = (condition: string, to: AlarmState, minute: number): AlarmState => {
    const from = states.get(condition)?.state ?? 'OK';
    states.set(condition, { state: to, since: timeOf(minute) });
    past.get(condition)?.push({ to, at: timeOf(minute) });
    return from;
  };
  const tell = async (condition: string, from: AlarmState, to: AlarmState, minute: number): Promise<void> => {
    now = minute;
    const message = alarmMessage(`${prefix}-${condition}`, from, to, timeOf(minute));
    outcomes.push(await notify(message, severityOf(condition), notifier));
  };
  return {
    ...{ letters, chats, outcomes, log, notifier },
    minute: async (number, red) => {
      const changed = conditions.flatMap((condition) => {
        const to = red.includes(condition) ? 'ALARM' : 'OK';
        return states.get(condition)?.state === to
          ? []
          : [{ condition, to, from: apply(condition, to, number) } as const];
      });
      for (const { condition, from, to } of changed) await tell(condition, from, to, number);
    },
    change: async (minute, condition, to) => tell(condition, apply(condition, to, minute), to, minute),
  };
};
