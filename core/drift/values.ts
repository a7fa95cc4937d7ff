/** Rules about the values: what the contract refuses, and what must not stand there in plain text. */
import {
  definitionOf,
  isSecretKind,
  readSettings,
  resolveAuth,
  resolveMlflow,
  resolvePostgres,
  resolveRedis,
  type SettingProblem,
} from '../settings/index.ts';
import type { DriftRule, TaskFacts } from './facts.ts';
import { settingOf } from './variables.ts';

/** Settings that stand for all the parts of their group. */
const whole = { DATABASE_URL: 'postgres', REDIS_URL: 'redis' } as const;

/** What reading these variables, as the reader itself does, would complain of. */
const problemsOf = ({ reader, running: { variables } }: TaskFacts): SettingProblem[] => {
  const known = variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  const reading = readSettings(Object.fromEntries(known), { reader });
  const resolvers =
    reader === 'migrate'
      ? [resolvePostgres]
      : [
          resolvePostgres,
          resolveMlflow,
          resolveAuth,
          ...(reading.get('REDIS_ENABLED') ? [resolveRedis] : []),
        ];
  const problems = [...reading.problems];
  for (const resolve of resolvers) {
    const resolved = resolve(reading);
    if (!resolved.ok) problems.push(...resolved.problems);
  }
  // A value that is not known here may be all right.
  const unknown = new Set(
    variables.filter(({ value }) => value === undefined).map(({ name }) => settingOf(name)),
  );
  const covered = Object.entries(whole).flatMap(([name, group]) =>
    [...unknown].includes(name as keyof typeof whole) ? [group as string] : [],
  );
  const seen = new Set<string>();
  return problems.filter(({ variable, cause, group, message }) => {
    if (unknown.has(settingOf(variable)) || (cause === 'SETTING_MISSING' && covered.includes(group)))
      return false;
    if (seen.has(message)) return false;
    seen.add(message);
    return true;
  });
};

const complaints = (cause: SettingProblem['cause']): DriftRule => ({
  cause,
  find: (facts) =>
    problemsOf(facts)
      .filter((problem) => problem.cause === cause)
      .map(({ variable, message }) => ({ variable, sentence: message })),
});

/** A name that says what it holds, where the contract does not know it. */
const secretName = /(^|_)(PASSWORD|PASSWD|PWD|SECRET|TOKEN|CREDENTIALS?|API_?KEY|PRIVATE_KEY|ACCESS_KEY)$/i;

/** Texts that are credentials whatever they are called. */
const secretShapes: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/:\/\/[^/?#\s:@]*:[^/?#\s@]+@/, 'a URL with a password'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/, 'an AWS access key'],
  [/\bgh[pousr]_[A-Za-z0-9]{30,}\b/, 'a GitHub token'],
  [/\bhf_[A-Za-z0-9]{20,}\b/, 'a Hugging Face token'],
  [/\bxox[abprs]-[A-Za-z0-9-]{10,}/, 'a Slack token'],
  [/\bsk[-_](live|test|proj|ant)?[-_A-Za-z0-9]{20,}/, 'an API key'],
  [/\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/, 'a signed token'],
];

const plainSecret = (name: string, value: string): string | undefined => {
  const setting = settingOf(name);
  if (value === '') return undefined;
  if (setting && definitionOf(setting).kind === 'secret') return 'a secret of the contract';
  const shape = secretShapes.find(([pattern]) => pattern.test(value))?.[1];
  if (shape || setting) return shape;
  return secretName.test(name) ? 'by its name a credential' : undefined;
};

export const valueRules = {
  'setting-missing': complaints('SETTING_MISSING'),
  'setting-refused': complaints('SETTING_INVALID'),
  'placeholder-left': complaints('PLACEHOLDER_UNRESOLVED'),
  'secret-in-plain-text': {
    cause: 'TASK_DEFINITION_DRIFT',
    find: ({ running }) =>
      running.variables.flatMap(({ name, from, value }) => {
        const what = from === 'environment' && value !== undefined ? plainSecret(name, value) : undefined;
        return what === undefined
          ? []
          : [
              {
                variable: name,
                sentence: `${name} holds ${what} in plain text, which everybody sees who may describe the task`,
                fix: 'Put it into Secrets Manager and refer to it from the secrets of the container; replace the value, which is known now.',
              },
            ];
      }),
  },
} as const satisfies Record<string, DriftRule>;

/** Whether a value may be shown: the contract says that it is no secret, and it does not look like one. */
export const mayBeShown = (name: string, value: string): boolean => {
  const setting = settingOf(name);
  return setting !== undefined && !isSecretKind(definitionOf(setting).kind) && !plainSecret(name, value);
};
