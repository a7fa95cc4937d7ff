import { readAll } from '../refused.ts';
import type { Resolve, TemplateResource } from '../template/index.ts';
import { type AlarmProperties, readProperties } from './alarm-properties.ts';
import { alarmNameOf } from './composite-rule.ts';
import { parseSchedule, ScheduleRefused, type Starts } from './mute-schedule.ts';

/** Times in which actions of some alarms do not run. */
export interface MuteRule {
  name: string;
  /** Names of the alarms. */
  alarms: readonly string[];
  /** Each time that the rule begins to mute. */
  starts: Starts;
  durationMs: number;
  /** Only starts from `from` on and before `until` count, milliseconds since the epoch; the muting ends then too. */
  from: number;
  until: number;
}

/** Until when the rule mutes, if it does at `time`; milliseconds since the epoch. */
export const mutedUntil = (rule: MuteRule, time: number): number | undefined => {
  if (time >= rule.until) return undefined;
  const start = rule.starts(Math.max(rule.from, time - rule.durationMs + 1), time);
  return start === undefined ? undefined : Math.min(rule.until, start + rule.durationMs);
};

const minute = 60_000;
const day = 1440 * minute;
const mostAlarms = 100;

const durationPattern = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?)?$/;
const datePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{3})?)?Z?$/;

const understood = ['Name', 'Description', 'Rule', 'MuteTargets', 'StartDate', 'ExpireDate', 'Tags'];

const readDuration = (rule: AlarmProperties, duration: unknown): number => {
  const [whole, days = 0, hours = 0, minutes = 0] = durationPattern.exec(String(duration)) ?? [];
  const ms = Number(days) * day + Number(hours) * 60 * minute + Number(minutes) * minute;
  if (whole === undefined || ms < minute || ms > 15 * day)
    rule.refuse(
      'Rule.Schedule.Duration',
      `must be PT1M to P15D, such as PT4H, not ${JSON.stringify(duration)}.`,
    );
  return ms;
};

const readAlarmNames = (rule: AlarmProperties): string[] => {
  const { AlarmNames: names = [] } = rule.get<{ AlarmNames?: string[] }>('MuteTargets') ?? {};
  if (names.length < 1 || names.length > mostAlarms)
    rule.refuse('MuteTargets.AlarmNames', `must name 1 to ${mostAlarms} alarms, not ${names.length}.`);
  return names.map(alarmNameOf);
};

const readDate = (rule: AlarmProperties, property: string, otherwise: number): number => {
  const text = rule.get<unknown>(property);
  if (text === undefined) return otherwise;
  const time = datePattern.test(String(text)) ? Date.parse(`${String(text).replace(/Z$/, '')}Z`) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  return rule.refuse(property, `must be a time such as 2026-01-31T02:00, not ${JSON.stringify(text)}.`);
};

const readStarts = (rule: AlarmProperties, expression: unknown): Starts => {
  try {
    return parseSchedule(String(expression));
  } catch (error) {
    if (!(error instanceof ScheduleRefused)) throw error;
    return rule.refuse('Rule.Schedule.Expression', `${error.message}.`);
  }
};

/**
 * Reads an `AWS::CloudWatch::AlarmMuteRule`.
 * @throws Refused naming rule and property, also for a time zone other than UTC, which is not implemented
 */
export const readMuteRule = (resource: TemplateResource, resolve: Resolve): MuteRule => {
  const rule = readProperties(resource, resolve, ['Alarm mute rule', 'Name']);
  const { Schedule: schedule = {} } = rule.get<{ Schedule?: Record<string, unknown> }>('Rule') ?? {};
  const { Expression: expression, Duration: duration, Timezone: zone = 'UTC' } = schedule;
  const {
    understood: _understood,
    zone: _zone,
    ...read
  } = readAll({
    alarms: () => readAlarmNames(rule),
    starts: () => readStarts(rule, expression),
    durationMs: () => readDuration(rule, duration),
    from: () => readDate(rule, 'StartDate', Number.NEGATIVE_INFINITY),
    until: () => readDate(rule, 'ExpireDate', Number.POSITIVE_INFINITY),
    zone: () => {
      if (zone !== 'UTC' && zone !== 'Etc/UTC')
        rule.notImplemented(
          'Rule.Schedule.Timezone',
          `${JSON.stringify(zone)} is not implemented; write UTC.`,
        );
    },
    understood: () => rule.onlyUnderstood(understood),
  });
  return { name: rule.name, ...read };
};
