import type { ConditionName } from '../../core/conditions/index.ts';

/** Minutes after which alarms went off. */
export type FirstMinutes = ReadonlyMap<ConditionName, number>;

/**
 * The alarms that one evaluation range has and the other has not, while the fault stood.
 * @param others of the other range; it is looked at only while the fault stands
 * @param standing minutes that the fault stood
 */
export const differingAlarms = (
  first: FirstMinutes,
  others: FirstMinutes,
  standing: number,
): ConditionName[] => {
  const inTime = [...first].filter(([, minutes]) => minutes <= standing).map(([name]) => name);
  const missing = inTime.filter((name) => !others.has(name));
  const tooMany = [...others.keys()].filter((name) => !first.has(name));
  return [...missing, ...tooMany];
};
