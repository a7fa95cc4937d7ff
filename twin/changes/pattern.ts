/**
 * Matching events against patterns as EventBridge does (Amazon EventBridge User Guide, "Comparison operators for
 * use in event patterns"), with the operators that the templates use.
 */
type Members = Readonly<Record<string, unknown>>;

/** A pattern that is not understood here, or that EventBridge would refuse. */
export class PatternRefused extends Error {
  override name = 'PatternRefused';
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

type Compare = (value: string, wanted: string) => boolean;

/** A text, or `{"equals-ignore-case": text}`. */
const compareText = (
  operator: string,
  argument: unknown,
  compare: Compare,
): ((value: unknown) => boolean) => {
  if (typeof argument === 'string') return (value) => typeof value === 'string' && compare(value, argument);
  const ignoring = isMembers(argument) ? argument['equals-ignore-case'] : undefined;
  if (typeof ignoring !== 'string')
    throw new PatternRefused(`${operator} takes a text, not ${shown(argument)}`);
  const wanted = ignoring.toLowerCase();
  return (value) => typeof value === 'string' && compare(value.toLowerCase(), wanted);
};

const starts: Compare = (value, wanted) => value.startsWith(wanted);
const ends: Compare = (value, wanted) => value.endsWith(wanted);
const equals: Compare = (value, wanted) => value === wanted;

const operators: Readonly<Record<string, (argument: unknown) => (value: unknown) => boolean>> = {
  prefix: (argument) => compareText('prefix', argument, starts),
  suffix: (argument) => compareText('suffix', argument, ends),
  'equals-ignore-case': (argument) =>
    compareText('equals-ignore-case', { 'equals-ignore-case': argument }, equals),
  exists: (argument) => {
    if (typeof argument !== 'boolean')
      throw new PatternRefused(`exists takes true or false, not ${shown(argument)}`);
    return (value) => (value !== undefined) === argument;
  },
  'anything-but': (argument) => {
    const excluded = (Array.isArray(argument) ? argument : [argument]).map(matcherOf);
    return (value) => value !== undefined && !excluded.some((matches) => matches(value));
  },
};

const matcherOf = (matcher: unknown): ((value: unknown) => boolean) => {
  if (!isMembers(matcher)) return (value) => value === matcher;
  const [operator, ...others] = Object.keys(matcher);
  const known =
    operator !== undefined && Object.hasOwn(operators, operator) ? operators[operator] : undefined;
  if (operator === undefined || others.length > 0 || !known)
    throw new PatternRefused(
      `the operator of ${shown(matcher)} is not known here; known are ${Object.keys(operators).join(', ')}, $or`,
    );
  return known(matcher[operator]);
};

export type Matches = (event: unknown) => boolean;

/** A list in the event matches with one of its items. */
const items = (value: unknown): unknown[] =>
  Array.isArray(value) ? (value.length > 0 ? value : [undefined]) : [value];

/**
 * @throws PatternRefused for what it does not know, also where no event would come to it
 */
export const readPattern = (pattern: unknown): Matches => {
  if (!isMembers(pattern)) throw new PatternRefused(`a pattern is an object, not ${shown(pattern)}`);
  const parts = Object.entries(pattern).map(([name, value]): Matches => {
    if (name === '$or') {
      if (!Array.isArray(value) || value.length < 2)
        throw new PatternRefused(`$or takes two alternatives or more, not ${shown(value)}`);
      const alternatives = value.map(readPattern);
      return (event) => alternatives.some((matches) => matches(event));
    }
    const at = (event: unknown): unknown =>
      isMembers(event) && Object.hasOwn(event, name) ? event[name] : undefined;
    if (isMembers(value)) {
      const inner = readPattern(value);
      return (event) => items(at(event)).some(inner);
    }
    if (!Array.isArray(value) || value.length === 0)
      throw new PatternRefused(`${name} takes a list of values or an object, not ${shown(value)}`);
    const matchers = value.map(matcherOf);
    return (event) => items(at(event)).some((item) => matchers.some((matches) => matches(item)));
  });
  return (event) => parts.every((matches) => matches(event));
};
