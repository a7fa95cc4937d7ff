import type { AlarmState } from './decision.ts';
import type { AlarmDefinition } from './definition.ts';

/** What holds back actions, as CloudWatch names it (API reference, CompositeAlarm, ActionsSuppressedBy). */
export type SuppressedBy = 'WaitPeriod' | 'ExtensionPeriod' | 'Alarm';

export interface Alarm {
  definition: AlarmDefinition;
  state: AlarmState;
  /** Why the state is what it is, in CloudWatch's words. */
  reason: string;
  /** When it came into this state, milliseconds since the epoch. */
  since: number;
  /** Its changes of state, oldest first. */
  history: readonly Transition[];
  /** What holds back the actions of a composite alarm now. */
  actionsSuppressedBy?: SuppressedBy;
  actionsSuppressedReason?: string;
}

/** A change of state, with the actions that it ran at once. */
export interface Transition {
  alarm: string;
  from: AlarmState;
  to: AlarmState;
  /** Milliseconds since the epoch. */
  at: number;
  reason: string;
  /** What was told at once; nothing while a suppressor or a mute rule holds it back. */
  actions: string[];
  /** Of a composite alarm: the children that brought it about. */
  triggeredBy?: string[];
}

/** That the actions of an alarm ran, or were muted. */
export interface Notification {
  transition: Transition;
  /** When the actions ran, which a suppressor or a mute rule makes later than the change. */
  at: number;
  actions: string[];
  /** Names of the mute rules because of which the actions did not run. */
  mutedBy?: string[];
}
