import type { SuppressedBy, Transition } from './alarm.ts';
import type { Suppressor } from './definition.ts';

/** Which actions of a composite alarm are held back, and until when. */
export interface Suppression {
  /** The composite alarm has changed its state. */
  changed(transition: Transition): void;
  /** The suppressor has come into ALARM or left it. Told before a change of the composite at the same time. */
  suppressorChanged(inAlarm: boolean, at: number): void;
  /** When a period ends, milliseconds since the epoch. */
  due(): number | undefined;
  /** Runs the actions whose period has ended. */
  release(): void;
  suppressedBy(): SuppressedBy | undefined;
}

/**
 * Suppression of actions as in "Suppressing composite alarm actions" (CloudWatch user guide). A suppressor that
 * comes into ALARM at the very end of the wait period is in time.
 */
export const createSuppression = (
  { waitSeconds, extensionSeconds }: Suppressor,
  run: (transition: Transition, at: number) => void,
): Suppression => {
  let inAlarm = false;
  let waiting: { by: 'WaitPeriod' | 'ExtensionPeriod'; until: number; transition: Transition } | undefined;
  let held: Transition | undefined;
  return {
    changed: (transition) => {
      if (inAlarm) held = transition;
      else waiting = { by: 'WaitPeriod', until: transition.at + waitSeconds * 1000, transition };
    },
    suppressorChanged: (now, at) => {
      inAlarm = now;
      if (now) {
        held = waiting?.transition;
        waiting = undefined;
      } else if (held) {
        waiting = { by: 'ExtensionPeriod', until: at + extensionSeconds * 1000, transition: held };
        held = undefined;
      }
    },
    due: () => waiting?.until,
    release: () => {
      if (!waiting) return;
      const { transition, until } = waiting;
      waiting = undefined;
      run(transition, until);
    },
    suppressedBy: () => waiting?.by ?? (inAlarm ? 'Alarm' : undefined),
  };
};
