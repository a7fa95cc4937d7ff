import { alarmNameOf, type CompositeRule, childrenOf } from './composite-rule.ts';
import type { AlarmState } from './decision.ts';

/** An AlarmRule that CloudWatch would not take, or that reads differently than it may be meant. */
export class RuleSyntaxError extends Error {
  override name = 'RuleSyntaxError';
}

const limits = { length: 10_240, children: 100, elements: 500 };

const token = /\s*(?:"([^"]*)"|([(),])|([^\s(),"]+))/y;

interface Token {
  text: string;
  quoted: boolean;
}

const tokensOf = (source: string): Token[] => {
  const tokens: Token[] = [];
  const end = source.trimEnd().length;
  token.lastIndex = 0;
  while (token.lastIndex < end) {
    const at = token.lastIndex;
    const [, quoted, sign, word] = token.exec(source) ?? [];
    const text = quoted ?? sign ?? word;
    if (text === undefined) throw new RuleSyntaxError(`cannot be read from ${source.slice(at).trim()} on`);
    tokens.push({ text, quoted: quoted !== undefined });
  }
  return tokens;
};

const states = ['ALARM', 'OK', 'INSUFFICIENT_DATA'] as const;

/**
 * Reads an AlarmRule. CloudWatch does not publish which of AND, OR and NOT binds more, so a rule that mixes
 * them must have parentheses.
 * @throws RuleSyntaxError
 */
export const parseRule = (source: string): CompositeRule => {
  if (source.length > limits.length)
    throw new RuleSyntaxError(`has ${source.length} characters; at most ${limits.length}`);
  const tokens = tokensOf(source);
  let next = 0;
  let elements = 0;

  const peek = (): string | undefined => (tokens[next]?.quoted ? undefined : tokens[next]?.text);
  const unexpected = (wanted: string): RuleSyntaxError =>
    new RuleSyntaxError(
      tokens[next] === undefined
        ? `ends where ${wanted} should follow`
        : `has ${JSON.stringify(tokens[next]?.text)} where ${wanted} should stand`,
    );
  const take = (text: string): void => {
    if (peek() !== text) throw unexpected(`"${text}"`);
    next += 1;
  };
  const takeState = (): AlarmState => {
    const state = states.find((one) => one === peek());
    if (!state) throw unexpected(states.join(', '));
    next += 1;
    return state;
  };
  const takeAlarm = (): string => {
    const current = tokens[next];
    if (!current || (!current.quoted && /^[(),]$/.test(current.text)) || current.text === '')
      throw unexpected('the name or ARN of an alarm');
    next += 1;
    elements += 1;
    return alarmNameOf(current.text);
  };

  const atLeast = (): CompositeRule => {
    take('(');
    const [, digits, sign] = /^(\d+)(%?)$/.exec(peek() ?? '') ?? [];
    if (digits === undefined) throw unexpected('a number or a percentage such as 50%');
    next += 1;
    take(',');
    const negated = peek() === 'NOT';
    if (negated) next += 1;
    const state = takeState();
    take(',');
    take('(');
    const alarms = [takeAlarm()];
    while (peek() === ',') {
      next += 1;
      alarms.push(takeAlarm());
    }
    take(')');
    take(')');
    const [number, percent] = [Number(digits), sign === '%'];
    const most = percent ? 100 : alarms.length;
    if (number < 1 || number > most)
      throw new RuleSyntaxError(`has AT_LEAST(${digits}${sign}, ...), which must be 1 to ${most}${sign}`);
    return { type: 'atLeast', number, percent, negated, state, alarms };
  };

  const primary = (): CompositeRule => {
    const text = peek();
    if (text === 'TRUE' || text === 'FALSE') {
      next += 1;
      elements += 1;
      return { type: 'constant', value: text === 'TRUE' };
    }
    if (text === 'AT_LEAST') {
      next += 1;
      return atLeast();
    }
    if (text === '(') {
      next += 1;
      elements += 1;
      const inner = rule();
      take(')');
      return inner;
    }
    if (!states.some((state) => state === text))
      throw unexpected('ALARM, OK, INSUFFICIENT_DATA, AT_LEAST, TRUE, FALSE, NOT or "("');
    const state = takeState();
    take('(');
    const alarm = takeAlarm();
    take(')');
    return { type: 'state', state, alarm };
  };

  const rule = (): CompositeRule => {
    const used = new Set<string>();
    const rules: CompositeRule[] = [];
    for (;;) {
      if (peek() === 'NOT') {
        next += 1;
        used.add('NOT');
        rules.push({ type: 'not', rule: primary() });
      } else rules.push(primary());
      const operator = peek();
      if (operator !== 'AND' && operator !== 'OR') break;
      next += 1;
      used.add(operator);
    }
    if (used.size > 1)
      throw new RuleSyntaxError(
        `mixes ${[...used].join(' and ')} without parentheses, and CloudWatch does not say which binds more`,
      );
    const [only] = rules;
    if (only && rules.length === 1) return only;
    return { type: used.has('AND') ? 'and' : 'or', rules };
  };

  const read = rule();
  if (next < tokens.length) throw unexpected('AND, OR or the end');
  const children = childrenOf(read).length;
  if (children > limits.children)
    throw new RuleSyntaxError(`refers to ${children} alarms; at most ${limits.children}`);
  if (elements > limits.elements)
    throw new RuleSyntaxError(`has ${elements} elements; at most ${limits.elements}`);
  return read;
};
