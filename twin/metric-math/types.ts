import { Refused } from '../refused.ts';
import { acrossSeries, notImplemented, pointwise, unsafe } from './functions.ts';
import type { Expression } from './syntax.ts';

/** A number, a time series, or several time series. */
export type ValueType = 'scalar' | 'series' | 'list';

const invalid = (message: string): never => {
  throw new Refused([{ message, invalid: true }]);
};
const missing = (message: string): never => {
  throw new Refused([{ message, invalid: false }]);
};

type Types = ReadonlyMap<string, ValueType>;

const counted = (name: string, args: readonly Expression[], wanted: readonly number[]): void => {
  if (!wanted.includes(args.length))
    invalid(`${name} takes ${wanted.join(' or ')} arguments, not ${args.length}`);
};

/** The type of a value that is a number or one series. */
const single = (expression: Expression | undefined, types: Types, place: string): 'scalar' | 'series' => {
  const type = expression ? typeOf(expression, types) : 'scalar';
  if (type === 'list')
    return missing(
      `${place} is a list of series, which is implemented for ${Object.keys(acrossSeries).join(', ')} only`,
    );
  return type;
};

const widest = (...types: ('scalar' | 'series')[]): 'scalar' | 'series' =>
  types.includes('series') ? 'series' : 'scalar';

const callType = (name: string, args: readonly Expression[], types: Types): ValueType => {
  const [first, second, third] = args;
  if (unsafe[name] !== undefined) return invalid(`${name} ${unsafe[name]}`);
  if (notImplemented.has(name)) return missing(`${name} is not implemented by the evaluator`);
  if (pointwise[name]) {
    counted(name, args, [1]);
    return single(first, types, `the argument of ${name}`);
  }
  if (acrossSeries[name]) {
    counted(name, args, [1]);
    if (first && typeOf(first, types) === 'list') return 'series';
    return invalid(
      `${name} of one series is a single number over all datapoints that CloudWatch retrieves, and it does not ` +
        `publish how many these are; write ${name}([m1, m2]) for the ${name} of several series at each time`,
    );
  }
  if (name === 'IF') {
    counted(name, args, [2, 3]);
    if (single(first, types, 'the condition of IF') === 'scalar')
      return missing('an IF on a number is not implemented; the condition must be a series');
    single(second, types, 'a value of IF');
    single(third, types, 'a value of IF');
    return 'series';
  }
  if (name === 'FILL') {
    counted(name, args, [2]);
    if (single(first, types, 'what FILL fills') === 'scalar')
      return invalid('FILL fills a series, not a number');
    if (second?.type === 'word') {
      if (second.word === 'REPEAT') return 'series';
      if (second.word === 'LINEAR') return missing('FILL with LINEAR is not implemented by the evaluator');
    } else if (second && typeOf(second, types) === 'scalar') return 'series';
    return missing('FILL is implemented with a number or REPEAT');
  }
  return invalid(`there is no function ${name}`);
};

/**
 * The type of what an expression gives.
 * @throws Refused for what cannot be typed, is not implemented, or is not for alarms
 */
export const typeOf = (expression: Expression, types: Types): ValueType => {
  switch (expression.type) {
    case 'number':
      return 'scalar';
    case 'word':
      return invalid(`${expression.word} cannot stand by itself`);
    case 'id':
      return types.get(expression.id) ?? invalid(`there is no ${expression.id} in Metrics`);
    case 'negative':
      return single(expression.operand, types, 'what follows the minus');
    case 'operation':
      return widest(
        single(expression.left, types, `what stands before ${expression.operator}`),
        single(expression.right, types, `what stands after ${expression.operator}`),
      );
    case 'list':
      if (expression.items.length === 0) return invalid('a list must not be empty');
      for (const item of expression.items)
        if (typeOf(item, types) !== 'series')
          return missing('a list of anything but series is not implemented');
      return 'list';
    case 'call':
      return callType(expression.name, expression.args, types);
  }
};

/** Every id that an expression refers to. */
export const idsOf = (expression: Expression): string[] => {
  switch (expression.type) {
    case 'id':
      return [expression.id];
    case 'negative':
      return idsOf(expression.operand);
    case 'operation':
      return [...idsOf(expression.left), ...idsOf(expression.right)];
    case 'list':
      return expression.items.flatMap(idsOf);
    case 'call':
      return expression.args.flatMap(idsOf);
    default:
      return [];
  }
};
