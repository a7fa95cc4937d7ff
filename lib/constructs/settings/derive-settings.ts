import { definitionOf, type Reader, type SettingName, settingNames } from '../../../core/settings/index.ts';
import { type RawValue, valueProblem } from './check-value.ts';

export type Settings = Partial<Record<SettingName, RawValue>>;

export interface SettingSources {
  /** What the infrastructure itself knows: references to resources, names with one definition. */
  provided: Settings;
  /** What the environment file sets. */
  overrides?: Settings;
  /** Settings that this reader gets as a secret, beside its environment. */
  secrets?: readonly SettingName[];
}

/** Tuned settings without a default are required wherever they are read. */
const isRequired = (name: SettingName): boolean => {
  const { tuned, default: fallback } = definitionOf(name);
  return tuned === true && fallback === undefined;
};

/** How the service logs in to the database. */
const serviceLogin: readonly SettingName[] = ['DATABASE_USER', 'DATABASE_SECRET_ID'];

/** The readers that may have a role of their own, and the setting that says so. */
const ownLogins: Partial<Record<Reader, SettingName>> = {
  'capacity-probe': 'CAPACITY_PROBE_SECRET_ID',
  'message-operations': 'MESSAGE_OPERATIONS_SECRET_ID',
};

/**
 * Settings that this reader would not use: with the cache off, how to talk to one; in a probe, those of
 * dependencies that it does not check, and the queue that Redis does not carry; with a role of its own, the service's login; for those who look after
 * messages, a cache that does not carry them.
 */
const isMoot = (name: SettingName, reader: Reader, given: Settings): boolean => {
  const { REDIS_ENABLED, PROBE_DEPENDENCIES, MESSAGE_QUEUE_TYPE } = given;
  const ownLogin = ownLogins[reader];
  if (ownLogin && given[ownLogin] !== undefined && serviceLogin.includes(name)) return true;
  const { group } = definitionOf(name);
  if (reader === 'message-operations' && group === 'redis' && MESSAGE_QUEUE_TYPE !== 'redis') return true;
  if (group === 'redis' && name !== 'REDIS_ENABLED' && String(REDIS_ENABLED) === 'false') return true;
  const carried = MESSAGE_QUEUE_TYPE === 'redis' && String(REDIS_ENABLED) !== 'false';
  if (reader === 'connectivity-probe' && group === 'messages' && !carried) return true;
  if (reader !== 'connectivity-probe' || PROBE_DEPENDENCIES === undefined) return false;
  const watched = String(PROBE_DEPENDENCIES)
    .split(',')
    .map((part) => part.trim());
  const subject = group === 'messages' ? 'redis' : group;
  return ['postgres', 'redis', 'mlflow', 'auth'].includes(subject) && !watched.includes(subject);
};

const nameProblems = (names: readonly string[]): string[] => {
  const known = new Set<string>(settingNames);
  return names
    .filter((name) => !known.has(name))
    .map((name) => `${name}: no setting has this name; see core/settings/definitions/`);
};

const sourceProblems = ({ provided, overrides = {}, secrets = [] }: SettingSources): string[] => [
  ...Object.keys(overrides)
    .filter((name) => name in provided)
    .map((name) => `${name}: the infrastructure sets it; remove it from the environment file`),
  ...secrets
    .filter((name) => name in provided || name in overrides)
    .map((name) => `${name}: it is given both as a secret and in the environment; keep the secret`),
];

const valueProblems = (settings: Settings): string[] =>
  Object.entries(settings).flatMap(([name, value]) => {
    const problem = settingNames.includes(name as SettingName)
      ? valueProblem(name as SettingName, value)
      : undefined;
    return problem ? [`${name}: ${problem}`] : [];
  });

/**
 * The environment variables of one reader, from the settings contract: what the infrastructure provides, what
 * the environment file overrides, and the default of every setting that operators tune, so that a task
 * definition shows it.
 * @throws RangeError with every problem: unknown names, values out of bounds, loopback or private addresses,
 * a secret in plain text, a name from two sources, a required setting without a value
 */
export const deriveSettings = (reader: Reader, sources: SettingSources): Record<string, string> => {
  const given: Settings = { ...sources.overrides, ...sources.provided };
  const secrets = sources.secrets ?? [];
  const problems = [...nameProblems(Object.keys(given)), ...sourceProblems(sources), ...valueProblems(given)];
  const environment: Record<string, string> = {};
  for (const name of settingNames) {
    const { readers, tuned, default: fallback } = definitionOf(name);
    if (!readers.includes(reader) || secrets.includes(name) || isMoot(name, reader, given)) continue;
    const value = given[name] ?? (tuned ? fallback : undefined);
    if (value !== undefined) environment[name] = String(value);
    else if (isRequired(name)) problems.push(`${name}: ${reader} needs it, and nothing gives a value`);
  }
  if (problems.length > 0) {
    throw new RangeError(`The settings of ${reader} are wrong:\n  ${problems.join('\n  ')}`);
  }
  return environment;
};
