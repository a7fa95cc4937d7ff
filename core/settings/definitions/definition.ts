/** What a row of the settings contract says. */

/** Who reads a setting: a function's folder name, the service, its migration, or the probe that only a shell has. */
export type Reader =
  | 'service'
  | 'migrate'
  | 'bootstrap'
  | 'connectivity-probe'
  | 'database-name-probe'
  | 'capacity-probe'
  | 'network-path-probe'
  | 'version-probe'
  | 'message-operations'
  | 'alarm-notifier';

/**
 * Whose fault a wrong value is. A probe fails the check of that dependency and runs the others; the service
 * refuses to start only for `service` and `postgres`.
 */
export type SettingGroup =
  | 'service'
  | 'postgres'
  | 'redis'
  | 'mlflow'
  | 'auth'
  | 'messages'
  | 'probe'
  | 'notifier';

export type SettingKind =
  | 'text'
  | 'host'
  | 'port'
  | 'url'
  | 'integer'
  | 'seconds'
  | 'ratio'
  | 'boolean'
  | 'choice'
  | 'list'
  | 'certificates'
  | 'secret'
  | 'secret-url';

export interface SettingDefinition {
  group: SettingGroup;
  kind: SettingKind;
  /** One sentence. */
  doc: string;
  readers: readonly Reader[];
  /** Other names that are still read. */
  aliases?: readonly string[];
  default?: string | number | boolean;
  /** Bounds of numbers, inclusive; lengths of lists. */
  min?: number;
  max?: number;
  /** Allowed values of a choice. */
  choices?: readonly string[];
  /** Where the bounds or the default come from, when that is not obvious. */
  reason?: string;
  /** May be a loopback address in a deployed environment: what it names runs beside it in the same task. */
  sameTask?: true;
  /** Written into every task definition, even where it has its default: operators tune it. */
  tuned?: true;
}
