import {
  type ConditionName,
  conditions,
  consequencesOf,
  isConditionName,
} from '../../core/conditions/index.ts';
import type { AlarmDefinition } from '../alarms/index.ts';
import type { FaultDefinition } from '../faults/index.ts';

/** The condition that an alarm tells: the last part of its name. */
export const conditionOf = (prefix: string, alarm: string): ConditionName => {
  const name = alarm.startsWith(`${prefix}-`) ? alarm.slice(prefix.length + 1) : alarm;
  if (!isConditionName(name))
    throw new Error(`Alarm ${alarm} tells no condition of core/conditions: ${name} is none.`);
  return name;
};

/** What a fault breaks and everything that follows, as far as there is an alarm for it and nothing hides it. */
export const expectedAlarms = (
  { breaks }: FaultDefinition,
  known: ReadonlySet<ConditionName>,
): ReadonlySet<ConditionName> => {
  const all = new Set(breaks.flatMap((root) => [root, ...consequencesOf(root)]));
  const hidden = new Set([...all].flatMap((name) => conditions[name].hides ?? []));
  return new Set([...all].filter((name) => known.has(name) && !hidden.has(name)));
};

/** Alarm minutes that an alarm needs to go off, from the first minute that is bad. */
export const minutesNeeded = (definition: AlarmDefinition, minutesOf: (alarm: string) => number): number => {
  if (definition.kind === 'composite') return Math.max(...definition.children.map(minutesOf));
  const { datapointsToAlarm: m, period, treatMissingData } = definition;
  const minutes = period / 60;
  // A long window slides: the first bad minute may be enough.
  if (m === 1) return Math.min(minutes, 5) + 1;
  // Where silence is bad, older datapoints stand in for the missing ones at first.
  return (treatMissingData === 'breaching' ? m + 3 : m) * minutes + 1;
};

/** Why a condition is expected of a fault, for people: `mlflow-down → requests-failing → user-impact`. */
export const chainTo = (roots: readonly ConditionName[], target: ConditionName): ConditionName[] => {
  const search = (path: ConditionName[]): ConditionName[] | undefined => {
    const last = path.at(-1) as ConditionName;
    if (last === target) return path;
    for (const next of conditions[last].leadsTo) {
      const found = path.includes(next) ? undefined : search([...path, next]);
      if (found) return found;
    }
    return undefined;
  };
  for (const root of roots) {
    const found = search([root]);
    if (found) return found;
  }
  return [target];
};
