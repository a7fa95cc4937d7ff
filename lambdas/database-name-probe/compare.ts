/** Compares what the sources say and finds the one that differs. */
import type { Failure, Outcome } from '../../core/checks/index.ts';
import type { Facts } from './sources.ts';

/** What each source says, by the name of the source, in the order in which they are shown. */
export type Sources = ReadonlyMap<string, Facts>;

type Aspect = 'name' | 'endpoint' | 'user';

const aspectWords: Record<Aspect, string> = {
  name: 'database name',
  endpoint: 'host and port',
  user: 'user',
};

const aspectValue: Record<Aspect, (facts: Facts) => string | undefined> = {
  name: ({ name }) => name,
  endpoint: ({ host, port }) => (host === undefined ? undefined : `${host.toLowerCase()}:${port ?? 5432}`),
  user: ({ user }) => user,
};

const causeOf = {
  name: 'DATABASE_NAME_MISMATCH',
  endpoint: 'DATABASE_HOST_MISMATCH',
  user: 'DATABASE_USER_MISMATCH',
} as const;

/** The values of one aspect, by source. Sources without an opinion are left out. */
export const valuesOf = (sources: Sources, aspect: Aspect): Map<string, string> => {
  const values = new Map<string, string>();
  for (const [source, facts] of sources) {
    const value = aspectValue[aspect](facts);
    if (value !== undefined) values.set(source, value);
  }
  return values;
};

/** The value that most sources give; the earlier source wins a tie. */
const mostFrequent = (values: Iterable<string>): string | undefined => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce<[string, number] | undefined>(
    (best, entry) => (best && best[1] >= entry[1] ? best : entry),
    undefined,
  )?.[0];
};

/** The value to believe: one that the server has, if any source gives one; else what most sources say. */
export const believed = (
  values: Map<string, string>,
  onServer: readonly string[] | undefined,
): string | undefined => {
  const there = [...values.values()].filter((value) => onServer?.includes(value));
  return mostFrequent(there.length > 0 ? there : values.values());
};

const list = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

const quoted = (values: readonly string[]): string => list(values.map((value) => `"${value}"`));

const disagreement = (
  aspect: Aspect,
  values: Map<string, string>,
  right: string,
  databases: readonly string[] | undefined,
): Failure => {
  const differs = [...values.keys()].filter((source) => values.get(source) !== right);
  const agree = [...values.keys()].filter((source) => values.get(source) === right);
  const wrong = [...new Set(differs.map((source) => values.get(source) ?? ''))];
  const each = differs.map((source) => `the ${source} says "${values.get(source)}"`);
  const others = agree.length > 0 ? `the ${list(agree)} say${agree.length === 1 ? 's' : ''} "${right}"` : '';
  const server = aspect === 'name' && databases ? `the server has ${quoted(databases)}` : '';
  const onlyCase = aspect === 'name' && wrong.every((value) => value.toLowerCase() === right.toLowerCase());
  return {
    cause: onlyCase ? 'DATABASE_NAME_CASE' : causeOf[aspect],
    detail: `${aspectWords[aspect]}: ${[list(each), others, server].filter(Boolean).join('; ')}`,
    evidence: {
      differs,
      values: Object.fromEntries(values),
      ...(aspect === 'name' && databases ? { databases } : {}),
    },
  };
};

/**
 * Compares one aspect over all sources. For the name, the databases that the server has decide who is right;
 * that every source agrees on a name which the server does not have is a mismatch too.
 */
export const compare = (
  aspect: Aspect,
  sources: Sources,
  databases: readonly string[] | undefined,
): Outcome<Map<string, string>> => {
  const values = valuesOf(sources, aspect);
  const right = believed(values, aspect === 'name' ? databases : undefined);
  if (right === undefined) return { ok: true, value: values };
  if ([...values.values()].some((value) => value !== right))
    return { ok: false, failure: disagreement(aspect, values, right, databases) };
  if (aspect !== 'name' || !databases || databases.includes(right)) return { ok: true, value: values };
  const otherCase = databases.find((name) => name.toLowerCase() === right.toLowerCase());
  return {
    ok: false,
    failure: {
      cause: otherCase ? 'DATABASE_NAME_CASE' : 'DATABASE_NAME_MISMATCH',
      detail: `database name: the ${list([...values.keys()])} say "${right}"; the server differs: it has ${quoted(databases)}`,
      evidence: { differs: ['server'], values: Object.fromEntries(values), databases },
    },
  };
};
