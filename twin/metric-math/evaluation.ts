import { acrossSeries, pointwise } from './functions.ts';
import type { Expression, Operator } from './syntax.ts';

/** Values of the periods that are retrieved, oldest first; `undefined` where one is missing. */
export type Points = readonly (number | undefined)[];

type Value = number | Points | Points[];

const truth = (condition: boolean): number => (condition ? 1 : 0);

const operations: Record<Operator, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '<=': (a, b) => truth(a <= b),
  '>=': (a, b) => truth(a >= b),
  '<': (a, b) => truth(a < b),
  '>': (a, b) => truth(a > b),
  AND: (a, b) => truth(a !== 0 && b !== 0),
  OR: (a, b) => truth(a !== 0 || b !== 0),
};

/** A division by zero and the like: there is no datapoint then. */
const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

const isSeries = (value: Value): value is Points => Array.isArray(value) && !value.some(Array.isArray);

/** The value at a time; a number is the same at every time. */
const at = (value: number | Points, index: number): number | undefined =>
  typeof value === 'number' ? value : value[index];

/**
 * Evaluates an expression whose types were checked.
 * @param known what each id stands for
 * @param length how many periods there are
 */
export const evaluateExpression = (
  expression: Expression,
  known: ReadonlyMap<string, number | Points>,
  length: number,
): number | Points => {
  const each = (point: (index: number) => number | undefined): Points =>
    Array.from({ length }, (_, index) => point(index));

  const single = (inner: Expression | undefined): number | Points => {
    const value = inner ? evaluate(inner) : Number.NaN;
    if (typeof value === 'number' || isSeries(value)) return value;
    throw new Error('A list of series stands where one should.');
  };

  const operation = (operator: Operator, left: number | Points, right: number | Points): number | Points => {
    const apply = operations[operator];
    if (typeof left === 'number' && typeof right === 'number') return apply(left, right);
    return each((index) => {
      const [a, b] = [at(left, index), at(right, index)];
      // Missing on one side counts as 0; a number is there only where the series is.
      const there = [left, right].some((side) => typeof side !== 'number' && side[index] !== undefined);
      return there ? finite(apply(a ?? 0, b ?? 0)) : undefined;
    });
  };

  const choose = (condition: Points, yes: number | Points, no: number | Points | undefined): Points =>
    each((index) => {
      const decided = condition[index];
      if (decided === undefined) return undefined;
      if (decided !== 0) return at(yes, index) ?? 0;
      return no === undefined ? undefined : at(no, index);
    });

  const fill = (series: Points, filling: Expression | undefined): Points => {
    if (filling?.type === 'word') {
      let last: number | undefined;
      return series.map((point) => {
        last = point ?? last;
        return last;
      });
    }
    const value = single(filling);
    return each((index) => series[index] ?? at(value, index));
  };

  const call = (name: string, args: readonly Expression[]): number | Points => {
    const [first, second, third] = args;
    if (name === 'IF') return choose(single(first) as Points, single(second), third && single(third));
    if (name === 'FILL') return fill(single(first) as Points, second);
    const one = pointwise[name];
    if (one) {
      const value = single(first);
      return typeof value === 'number'
        ? one(value)
        : value.map((point) => (point === undefined ? undefined : one(point)));
    }
    const across = acrossSeries[name];
    if (!across || first === undefined) throw new Error(`${name} cannot be evaluated.`);
    const list = evaluate(first) as Points[];
    return each((index) => {
      const values = list.map((series) => series[index]).filter((point) => point !== undefined);
      return values.length === 0 ? undefined : across(values);
    });
  };

  const evaluate = (inner: Expression): Value => {
    switch (inner.type) {
      case 'number':
        return inner.value;
      case 'id':
        return known.get(inner.id) ?? Number.NaN;
      case 'negative':
        return operation('*', -1, single(inner.operand));
      case 'operation':
        return operation(inner.operator, single(inner.left), single(inner.right));
      case 'list':
        return inner.items.map((item) => single(item) as Points);
      case 'call':
        return call(inner.name, inner.args);
      case 'word':
        throw new Error(`${inner.word} cannot stand by itself.`);
    }
  };

  return single(expression);
};
