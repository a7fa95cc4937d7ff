/**
 * Every environment variable, once. The task definition, the environment of the functions, the service,
 * the probes and docs/reference/settings.md are derived from this table.
 *
 * Durations are in seconds unless the name ends in `_MS`. An empty value counts as not set.
 */
import type { Secret } from '../secret.ts';
import type { SettingDefinition } from './definition.ts';
import { messageSettings } from './message-settings.ts';
import { notifierSettings } from './notifier-settings.ts';
import { postgresSettings } from './postgres-settings.ts';
import { probeSettings } from './probe-settings.ts';
import { redisSettings } from './redis-settings.ts';
import { serviceSettings } from './service-settings.ts';
import { upstreamSettings } from './upstream-settings.ts';

export type { Reader, SettingDefinition, SettingGroup, SettingKind } from './definition.ts';

export const settingDefinitions = {
  ...serviceSettings,
  ...postgresSettings,
  ...redisSettings,
  ...upstreamSettings,
  ...messageSettings,
  ...probeSettings,
  ...notifierSettings,
} as const satisfies Record<string, SettingDefinition>;

export type SettingName = keyof typeof settingDefinitions;

interface ValueOfKind {
  text: string;
  host: string;
  port: number;
  url: URL;
  integer: number;
  seconds: number;
  ratio: number;
  boolean: boolean;
  choice: string;
  list: string[];
  certificates: string[];
  secret: Secret;
  'secret-url': Secret;
}

type Definition<N extends SettingName> = (typeof settingDefinitions)[N];
type Value<N extends SettingName> =
  Definition<N> extends { choices: readonly (infer C)[] }
    ? Definition<N> extends { kind: 'list' }
      ? C[]
      : C
    : ValueOfKind[Definition<N>['kind']];

/** What reading a setting gives: its typed value, and `undefined` only where it has no default. */
export type SettingValue<N extends SettingName> =
  | Value<N>
  | (Definition<N> extends { default: unknown } ? never : undefined);

/** The same table without its literal types, for code that walks over all rows. */
export const definitionOf = (name: SettingName): SettingDefinition => settingDefinitions[name];

export const settingNames = Object.keys(settingDefinitions) as SettingName[];
