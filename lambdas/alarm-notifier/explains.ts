/** Which condition explains which, among those that there are alarms for. */
import {
  type ConditionName,
  conditionNames,
  conditions,
  consequencesOf,
} from '../../core/conditions/index.ts';

export type Explains = (cause: ConditionName | undefined, effect: ConditionName | undefined) => boolean;

/** Earlier in the table comes first where nothing else decides. */
export const orderOf = (condition: ConditionName | undefined): number =>
  condition === undefined ? conditionNames.length : conditionNames.indexOf(condition);

const leadsTo = (cause: ConditionName, effect: ConditionName): boolean =>
  cause !== effect &&
  consequencesOf(cause).has(effect) &&
  // Two that bring each other: the first of the table is the cause.
  (!consequencesOf(effect).has(cause) || orderOf(cause) < orderOf(effect));

/**
 * Some conditions have no alarm: they are what others have in common. The first that such a one leads to stands
 * for it, towards everything else that follows.
 */
const standsFor = (common: ConditionName, cause: ConditionName, effect: ConditionName): boolean =>
  conditions[common].leadsTo[0] === cause &&
  consequencesOf(common).has(effect) &&
  !consequencesOf(effect).has(cause);

/** @param alarmed the conditions that there are alarms for */
export const createExplains = (alarmed: ReadonlySet<ConditionName>): Explains => {
  const common = conditionNames.filter((name) => !alarmed.has(name) && conditions[name].leadsTo.length > 1);
  return (cause, effect) => {
    if (cause === undefined || effect === undefined || cause === effect) return false;
    return leadsTo(cause, effect) || common.some((name) => standsFor(name, cause, effect));
  };
};
