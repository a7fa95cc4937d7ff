/** An expression of metric math as it is written. */
export type Expression =
  | { type: 'number'; value: number }
  | { type: 'id'; id: string }
  | { type: 'negative'; operand: Expression }
  | { type: 'operation'; operator: Operator; left: Expression; right: Expression }
  | { type: 'call'; name: string; args: Expression[] }
  | { type: 'list'; items: Expression[] }
  /** A word that only some functions take, such as REPEAT. */
  | { type: 'word'; word: string };

export type Operator = '+' | '-' | '*' | '/' | '^' | '==' | '!=' | '<=' | '>=' | '<' | '>' | 'AND' | 'OR';

/** An expression that is no metric math. The message says where it goes wrong. */
export class MathSyntaxError extends Error {
  override name = 'MathSyntaxError';
}

/** Binary operators, those that bind least first. `^` is apart: it binds most, and to the right. */
const levels: readonly Partial<Record<string, Operator>>[] = [
  { OR: 'OR', '||': 'OR' },
  { AND: 'AND', '&&': 'AND' },
  { '==': '==', '!=': '!=', '<=': '<=', '>=': '>=', '<': '<', '>': '>' },
  { '+': '+', '-': '-' },
  { '*': '*', '/': '/' },
];

const token =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z]\w*)|("[^"]*"|'[^']*')|(==|!=|<=|>=|&&|\|\||[-+*/^<>()[\],]))/y;

interface Token {
  kind: 'number' | 'word' | 'text' | 'sign';
  text: string;
}

const tokensOf = (source: string): Token[] => {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < source.trimEnd().length) {
    const at = token.lastIndex;
    const match = token.exec(source);
    if (!match) throw new MathSyntaxError(`cannot be read from "${source.slice(at).trim()}" on`);
    const [, number, word, text, sign] = match;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (text !== undefined) tokens.push({ kind: 'text', text });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
  }
  return tokens;
};

/**
 * Reads an expression. Comparisons bind more than AND and AND more than OR, as everywhere; CloudWatch does not
 * publish its precedence.
 * @throws MathSyntaxError
 */
export const parseExpression = (source: string): Expression => {
  const tokens = tokensOf(source);
  let next = 0;

  const peek = (): string | undefined => (tokens[next]?.kind === 'text' ? undefined : tokens[next]?.text);
  const unexpected = (wanted: string): MathSyntaxError =>
    new MathSyntaxError(
      tokens[next] === undefined
        ? `ends where ${wanted} should follow`
        : `has "${tokens[next]?.text}" where ${wanted} should stand`,
    );
  const take = (sign: string): void => {
    if (peek() !== sign) throw unexpected(`"${sign}"`);
    next += 1;
  };
  const series = (end: string): Expression[] => {
    const items: Expression[] = [];
    while (peek() !== end) {
      if (items.length > 0) take(',');
      items.push(binary(0));
    }
    take(end);
    return items;
  };

  const primary = (): Expression => {
    const current = tokens[next];
    if (current?.kind === 'number') {
      next += 1;
      return { type: 'number', value: Number(current.text) };
    }
    if (current?.kind === 'word' && current.text !== 'AND' && current.text !== 'OR') {
      next += 1;
      if (peek() === '(') {
        next += 1;
        return { type: 'call', name: current.text, args: series(')') };
      }
      if (/^[a-z]/.test(current.text)) return { type: 'id', id: current.text };
      return { type: 'word', word: current.text };
    }
    if (current?.kind === 'text') {
      next += 1;
      return { type: 'word', word: current.text };
    }
    if (peek() === '[') {
      next += 1;
      return { type: 'list', items: series(']') };
    }
    if (peek() !== '(') throw unexpected('a value');
    next += 1;
    const inner = binary(0);
    take(')');
    return inner;
  };

  const power = (): Expression => {
    const left = primary();
    if (peek() !== '^') return left;
    next += 1;
    return { type: 'operation', operator: '^', left, right: unary() };
  };

  const unary = (): Expression => {
    if (peek() !== '-') return power();
    next += 1;
    return { type: 'negative', operand: unary() };
  };

  const binary = (level: number): Expression => {
    const operators = levels[level];
    if (!operators) return unary();
    let left = binary(level + 1);
    for (;;) {
      const operator = operators[peek() ?? ''];
      if (!operator) return left;
      next += 1;
      left = { type: 'operation', operator, left, right: binary(level + 1) };
    }
  };

  const expression = binary(0);
  if (next < tokens.length) throw unexpected('an operator or the end');
  return expression;
};
