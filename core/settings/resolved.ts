import type { SettingName } from './definitions/index.ts';
import type { SettingProblem } from './read.ts';

/** The connection of a dependency, or every reason why there is none. */
export type Resolved<T> = { ok: true; value: T } | { ok: false; problems: SettingProblem[] };

type Group = SettingProblem['group'];

/** A problem of one variable; `what` follows its name. */
export const invalid = (group: Group, variable: string, what: string): SettingProblem => ({
  group,
  variable,
  cause: 'SETTING_INVALID',
  message: `${variable} cannot be used: ${what}`,
});

export const missing = (group: Group, variable: SettingName, advice: string): SettingProblem => ({
  group,
  variable,
  cause: 'SETTING_MISSING',
  message: `${variable} is not set: ${advice}`,
});
