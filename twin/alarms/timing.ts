import type { MathAlarmDefinition, MetricAlarmDefinition } from './definition.ts';

/** What CloudWatch does not publish, and what differs from alarm to alarm. */
export interface Timing {
  /**
   * How many datapoints CloudWatch retrieves beyond the evaluation periods. It does not publish the number;
   * all that is known of it fits 2.
   */
  extraPeriods: number;
  /** At which second of each minute alarms are evaluated, 0 to 59. */
  phaseSeconds: number;
  /** How long after the end of its period a datapoint can be read, s. */
  ingestionDelaySeconds: number;
}

export const minute = 60_000;
const day = 1440 * minute;

/** @throws RangeError for a timing out of its bounds */
export const checkTiming = ({ extraPeriods, phaseSeconds, ingestionDelaySeconds }: Timing): void => {
  if (!Number.isInteger(extraPeriods) || extraPeriods < 0)
    throw new RangeError(`extraPeriods must be a whole number of at least 0, not ${extraPeriods}.`);
  if (!(phaseSeconds >= 0 && phaseSeconds < 60))
    throw new RangeError(`phaseSeconds must be at least 0 and less than 60, not ${phaseSeconds}.`);
  if (!(ingestionDelaySeconds >= 0))
    throw new RangeError(`ingestionDelaySeconds must be at least 0, not ${ingestionDelaySeconds}.`);
};

/** How often an alarm is evaluated, milliseconds. */
export const rhythmOf = ({
  period,
  evaluationPeriods,
}: MetricAlarmDefinition | MathAlarmDefinition): number => {
  if (period < 60) return 10_000;
  return evaluationPeriods * period * 1000 > day ? 60 * minute : minute;
};

/** The last time up to `now` at which an alarm of this rhythm is evaluated. */
export const lastMoment = (rhythm: number, phaseSeconds: number, now: number): number => {
  const phase = (phaseSeconds * 1000) % rhythm;
  return Math.floor((now - phase) / rhythm) * rhythm + phase;
};
