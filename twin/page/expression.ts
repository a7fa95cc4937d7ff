/** A metric-math expression that is not understood here. */
export class ExpressionRefused extends Error {
  override name = 'ExpressionRefused';
}

/** A value at one time; undefined where there is none. */
export type Term = (value: (id: string) => number | undefined) => number | undefined;

type Operator = (left: number, right: number) => number | undefined;

const operators: Record<string, { binds: number; apply: Operator }> = {
  '+': { binds: 1, apply: (left, right) => left + right },
  '-': { binds: 1, apply: (left, right) => left - right },
  '*': { binds: 2, apply: (left, right) => left * right },
  // CloudWatch gives no datapoint for a division by 0.
  '/': { binds: 2, apply: (left, right) => (right === 0 ? undefined : left / right) },
};

/**
 * Reads numbers, ids, `+ - * /`, parentheses and `FILL(id, number)`, which is what our dashboards use of
 * metric math.
 * @throws ExpressionRefused for everything else
 */
export const parseExpression = (text: string): Term => {
  const tokens = text.match(/\d+(?:\.\d+)?|[A-Za-z]\w*|\S/g) ?? [];
  let at = 0;
  const refuse = (): never => {
    throw new ExpressionRefused(`${text}: ${tokens[at] ?? 'the end'} is not understood here.`);
  };
  const take = (wanted: string): void => {
    if (tokens[at] !== wanted) refuse();
    at += 1;
  };

  const primary = (): Term => {
    const token = tokens[at] ?? refuse();
    at += 1;
    if (/^\d/.test(token)) return () => Number(token);
    if (token === '(') {
      const inner = sum(0);
      take(')');
      return inner;
    }
    if (token === '-') {
      const inner = primary();
      return (value) => {
        const found = inner(value);
        return found === undefined ? undefined : -found;
      };
    }
    if (token === 'FILL') {
      take('(');
      const inner = sum(0);
      take(',');
      const filling = sum(0);
      take(')');
      return (value) => inner(value) ?? filling(value);
    }
    if (/^[a-z]\w*$/.test(token)) return (value) => value(token);
    at -= 1;
    return refuse();
  };

  const sum = (least: number): Term => {
    let left = primary();
    for (;;) {
      const operator = operators[tokens[at] ?? ''];
      if (!operator || operator.binds <= least) return left;
      at += 1;
      const [first, second] = [left, sum(operator.binds)];
      left = (value) => {
        const [a, b] = [first(value), second(value)];
        return a === undefined || b === undefined ? undefined : operator.apply(a, b);
      };
    }
  };

  const whole = sum(0);
  if (at < tokens.length) refuse();
  return whole;
};
