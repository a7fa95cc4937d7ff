import type { Notification, Transition } from './alarm.ts';
import { type MuteRule, mutedUntil } from './mute-rule.ts';

/** Runs actions, and holds back those that a mute rule mutes. */
export interface Muting {
  /** Runs the actions of a change, now or when the muting ends. */
  run(transition: Transition, at: number): void;
  /** The alarm has changed its state again: what was muted of the state before is dropped. */
  forget(alarm: string): void;
  /** When a muting ends that held something back, milliseconds since the epoch. */
  due(): number | undefined;
  /** Runs what was muted and is due by now; what is muted again waits on. */
  release(now: number): void;
}

/**
 * Mute rules as in "How alarm mute rules work" (CloudWatch user guide): while one is active actions for every
 * state are muted; when the last one ends they run, if the alarm is still in the state that was muted.
 */
export const createMuting = (
  rules: readonly MuteRule[],
  actionsOf: (transition: Transition) => string[],
  record: (notification: Notification) => void,
): Muting => {
  const muted = new Map<string, { transition: Transition; until: number }>();

  /** The rules that mute an alarm at a time, with the end of the last one of them. */
  const mutingOf = (alarm: string, at: number): { names: string[]; until: number } => {
    const active = rules.flatMap((rule) => {
      const until = rule.alarms.includes(alarm) ? mutedUntil(rule, at) : undefined;
      return until === undefined ? [] : [{ name: rule.name, until }];
    });
    return { names: active.map(({ name }) => name), until: Math.max(...active.map(({ until }) => until)) };
  };

  const run = (transition: Transition, at: number, again = false): void => {
    const actions = actionsOf(transition);
    if (actions.length === 0) return;
    const { names, until } = mutingOf(transition.alarm, at);
    if (names.length > 0) muted.set(transition.alarm, { transition, until });
    if (names.length > 0 && again) return;
    record({ transition, at, actions, ...(names.length > 0 && { mutedBy: names }) });
  };

  return {
    run: (transition, at) => run(transition, at),
    forget: (alarm) => muted.delete(alarm),
    due: () => (muted.size === 0 ? undefined : Math.min(...[...muted.values()].map(({ until }) => until))),
    release: (now) => {
      for (const [alarm, { transition, until }] of [...muted]) {
        if (until > now) continue;
        muted.delete(alarm);
        run(transition, until, true);
      }
    },
  };
};
