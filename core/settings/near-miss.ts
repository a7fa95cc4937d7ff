/** Finds names that are not settings but look like one: a typing error that would otherwise be silent. */
import { definitionOf, type SettingName, settingNames } from './definitions/index.ts';

/** Edits (insert, delete, replace, swap of neighbours) between two names; stops counting at `limit` + 1. */
const editDistance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (beforePrevious[j - 2] ?? 0) + 1);
      row.push(least);
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length] ?? limit + 1;
};

const namesOf = (name: SettingName): string[] => [name, ...(definitionOf(name).aliases ?? [])];
const known: ReadonlySet<string> = new Set(settingNames.flatMap(namesOf));

const words = (name: string): string => name.replaceAll('_', '');

/** Whether this is the name or an alias of a setting. */
export const isKnownName = (name: string): boolean => known.has(name);

/** The setting that an unknown name most likely meant, if one is close enough. */
export const nearestSetting = (unknown: string): string | undefined => {
  const upper = unknown.toUpperCase();
  if (unknown.length < 5 || known.has(unknown)) return undefined;
  const limit = upper.length < 10 ? 1 : 2;
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    const sameWords = words(upper) === words(name);
    const longer = upper.startsWith(name) && /^[A-Z]{1,4}$/.test(upper.slice(name.length)) && name.length > 6;
    const distance = sameWords ? 0 : longer ? 1 : editDistance(upper, name, limit);
    if (distance <= limit && (!best || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
};
