/** Rules about the names of the variables. */
import { definitionOf, nearestSetting } from '../settings/index.ts';
import type { DriftRule, TaskFacts } from './facts.ts';
import { settingOf } from './variables.ts';

/** Read by the platform or by a library, not through the contract. */
const platform =
  /^(AWS_|NODE_|OTEL_|LC_)|^(TZ|LANG|PATH|HOME|HOSTNAME|UV_THREADPOOL_SIZE|SSL_CERT_(FILE|DIR))$|_PROXY$/i;

const counted = ({ running: { variables } }: TaskFacts) => {
  const counts = new Map<string, { environment: number; secrets: number }>();
  for (const { name, from } of variables) {
    const count = counts.get(name) ?? { environment: 0, secrets: 0 };
    count[from] += 1;
    counts.set(name, count);
  }
  return counts;
};

const whoReads = (name: string): readonly string[] => {
  const setting = settingOf(name);
  return setting ? definitionOf(setting).readers : [];
};

export const nameRules = {
  'name-in-both-lists': {
    cause: 'TASK_DEFINITION_DRIFT',
    find: (facts) =>
      [...counted(facts)]
        .filter(([, { environment, secrets }]) => environment > 0 && secrets > 0)
        .map(([variable]) => ({
          variable,
          sentence: `${variable} stands both in the environment and among the secrets`,
        })),
  },
  'name-twice': {
    cause: 'TASK_DEFINITION_DRIFT',
    find: (facts) =>
      [...counted(facts)].flatMap(([variable, counts]) =>
        (['environment', 'secrets'] as const)
          .filter((list) => counts[list] > 1)
          .map((list) => ({
            variable,
            sentence: `${variable} stands ${counts[list]} times ${list === 'secrets' ? 'among the secrets' : 'in the environment'}`,
          })),
      ),
  },
  'name-not-read': {
    cause: 'TASK_DEFINITION_DRIFT',
    find: (facts) =>
      [...counted(facts).keys()].flatMap((variable) => {
        const readers = whoReads(variable);
        const { reader } = facts;
        if (readers.some((one) => one === reader)) return [];
        const meant = nearestSetting(variable);
        if (!meant && readers.length === 0 && platform.test(variable)) return [];
        const who = reader === 'migrate' ? 'the migration' : 'the service';
        return [
          meant
            ? {
                variable,
                sentence: `${variable} is set, and ${who} does not read it; did you mean ${meant}?`,
                fix: `Rename it to ${meant}, or remove it.`,
              }
            : {
                variable,
                sentence: `${variable} is set, and ${who} does not read it${readers.length > 0 ? ` (${readers.join(', ')} would)` : ''}`,
                fix: 'Remove it, or add it to the contract in core/settings/definitions/.',
              },
        ];
      }),
  },
} as const satisfies Record<string, DriftRule>;
