/** Reads the environment against the contract, and reports every problem at once. */
import {
  definitionOf,
  type Reader,
  type SettingDefinition,
  type SettingGroup,
  type SettingName,
  type SettingValue,
  settingNames,
} from './definitions/index.ts';
import { isKnownName, nearestSetting } from './near-miss.ts';
import { isPlaceholder, isSecretKind, parseValue, shownValue } from './parse.ts';
import { contradictionRules } from './rules.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface SettingProblem {
  /** The variable as it stands in the environment. */
  variable: string;
  group: SettingGroup;
  cause: 'SETTING_INVALID' | 'SETTING_MISSING' | 'PLACEHOLDER_UNRESOLVED';
  /** What is wrong, the value unless it is secret, and what to write. */
  message: string;
}

export interface SettingsReading {
  /** The value, or the default where it is not set or cannot be used (then there is a problem too). */
  get<N extends SettingName>(name: N): SettingValue<N>;
  /** The variable that the value came from; undefined where the default holds. */
  source(name: SettingName): string | undefined;
  problems: readonly SettingProblem[];
  problemsOf(...groups: SettingGroup[]): SettingProblem[];
  /** Names that are not read but look like one that is. */
  warnings: readonly string[];
}

interface Found {
  variable: string;
  raw: string;
}

const occurrences = (name: SettingName, definition: SettingDefinition, environment: Environment): Found[] =>
  [name, ...(definition.aliases ?? [])].flatMap((variable) => {
    const raw = environment[variable];
    return raw === undefined || raw === '' ? [] : [{ variable, raw }];
  });

const conflict = (found: Found[], definition: SettingDefinition): SettingProblem | undefined => {
  const [first, ...others] = found;
  const other = others.find(({ raw }) => raw !== first?.raw);
  if (!first || !other) return undefined;
  const values = isSecretKind(definition.kind)
    ? 'different values'
    : `${shownValue(first.raw)} and ${shownValue(other.raw)}`;
  return {
    variable: first.variable,
    group: definition.group,
    cause: 'SETTING_INVALID',
    message: `${first.variable} and ${other.variable} are two names of one setting and hold ${values}: set one of them, or both to the same`,
  };
};

const parseOne = ({ variable, raw }: Found, definition: SettingDefinition) => {
  const { group, kind } = definition;
  const shown = isSecretKind(kind) || kind === 'certificates' ? '' : ` (${shownValue(raw)})`;
  if (isPlaceholder(raw, kind)) {
    const message = `${variable} still holds a template reference instead of its value${shown}: write the value`;
    return {
      problem: { variable, group, cause: 'PLACEHOLDER_UNRESOLVED', message } satisfies SettingProblem,
    };
  }
  const parsed = parseValue(raw, definition);
  if ('value' in parsed) return parsed;
  const message = `${variable} cannot be used${shown}: ${parsed.problem}`;
  return { problem: { variable, group, cause: 'SETTING_INVALID', message } satisfies SettingProblem };
};

const defaultValue = (definition: SettingDefinition): unknown => {
  if (definition.default === undefined) return undefined;
  const parsed = parseValue(String(definition.default), definition);
  return 'value' in parsed ? parsed.value : undefined;
};

/**
 * Reads every setting, or those of one reader. Never throws: problems are data, so that a probe can fail
 * one check and run the others.
 */
export const readSettings = (
  environment: Environment,
  options: { reader?: Reader } = {},
): SettingsReading => {
  const values = new Map<SettingName, unknown>();
  const sources = new Map<SettingName, string>();
  const problems: SettingProblem[] = [];

  const wanted = settingNames.filter(
    (name) => !options.reader || definitionOf(name).readers.includes(options.reader),
  );
  for (const name of wanted) {
    const definition = definitionOf(name);
    const found = occurrences(name, definition, environment);
    const contradiction = conflict(found, definition);
    if (contradiction) problems.push(contradiction);
    const [first] = found;
    if (!first) continue;
    sources.set(name, first.variable);
    const parsed = parseOne(first, definition);
    if ('problem' in parsed) problems.push(parsed.problem);
    else values.set(name, parsed.value);
  }

  const get = <N extends SettingName>(name: N): SettingValue<N> =>
    (values.has(name) ? values.get(name) : defaultValue(definitionOf(name))) as SettingValue<N>;

  for (const rule of contradictionRules) {
    if (!wanted.includes(rule.variable)) continue;
    const message = rule.contradiction(get);
    if (message)
      problems.push({ variable: rule.variable, group: rule.group, cause: 'SETTING_INVALID', message });
  }

  const warnings = Object.keys(environment).flatMap((variable) => {
    if (!environment[variable] || isKnownName(variable)) return [];
    const meant = nearestSetting(variable);
    return meant ? [`${variable} is not a setting and is not read; did you mean ${meant}?`] : [];
  });

  return {
    get,
    source: (name) => sources.get(name),
    problems,
    problemsOf: (...groups) => problems.filter(({ group }) => groups.includes(group)),
    warnings,
  };
};

/** Every problem in one message, one line each. */
export const problemsMessage = (problems: readonly SettingProblem[]): string =>
  [
    problems.length === 1 ? '1 setting is wrong:' : `${problems.length} settings are wrong:`,
    ...problems.map(({ message }) => `  - ${message}`),
  ].join('\n');
