import type { ConditionName } from '../../core/conditions/index.ts';
import type { FaultDefinition } from './fault.ts';

type Silence = ConditionName & `${string}-probe-silent`;

/** Somebody turned off the schedule of a probe, or its permission is gone. */
export const scheduleOff = (silence: Silence): FaultDefinition => {
  const probe = silence.replace(/-silent$/, '');
  return {
    doc: `The schedule of the ${probe} is off: nothing runs it.`,
    driven: true,
    parts: [],
    breaks: [silence],
    inject: async ({ schedules }) => {
      const enable = schedules.disable(probe);
      return async () => enable();
    },
  };
};
