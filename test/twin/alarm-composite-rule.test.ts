import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { childrenOf, holds } from '../../twin/alarms/composite-rule.ts';
import { parseRule, RuleSyntaxError } from '../../twin/alarms/composite-rule-syntax.ts';
import type { AlarmState } from '../../twin/alarms/index.ts';

const states: Record<string, AlarmState> = { a: 'ALARM', b: 'OK', c: 'INSUFFICIENT_DATA', d: 'ALARM' };
const stateOf = (alarm: string): AlarmState => states[alarm] ?? 'OK';

describe('a rule', () => {
  test.each<[string, boolean]>([
    ['ALARM(a)', true],
    ['ALARM("a")', true],
    ['ALARM("arn:aws:cloudwatch:us-east-1:000000000000:alarm:a")', true],
    ['ALARM(arn:aws:cloudwatch:us-east-1:000000000000:alarm:b)', false],
    ['OK(b)', true],
    ['INSUFFICIENT_DATA(c)', true],
    ['ALARM(c)', false],
    ['OK(c)', false],
    ['NOT ALARM(c)', true],
    ['(NOT (ALARM("a")))', false],
    ['ALARM(a) AND OK(b) AND TRUE', true],
    ['ALARM(b) OR ALARM(c) OR FALSE', false],
    ['(ALARM(b) OR ALARM(a)) AND (NOT ALARM(b))', true],
    ['TRUE', true],
    ['FALSE', false],
    ['AT_LEAST(2, ALARM, (a, b, d))', true],
    ['AT_LEAST(3, ALARM, ("a", "b", "d"))', false],
    ['AT_LEAST(2, NOT OK, (a, b, c))', true],
    ['AT_LEAST(50%, ALARM, (a, b, c, d))', true],
    ['AT_LEAST(51%, ALARM, (a, b, c, d))', false],
    ['AT_LEAST(66%, ALARM, (a, b, d))', true],
    ['AT_LEAST(67%, ALARM, (a, b, d))', false],
  ])('%s is %s', (text, expected) => {
    expect(holds(parseRule(text), stateOf)).toBe(expected);
  });

  test('keeps spaces, commas and parentheses of a quoted name', () => {
    expect(childrenOf(parseRule('ALARM("db (primary), disk full") OR OK(b)'))).toEqual([
      ...['db (primary), disk full', 'b'],
    ]);
  });

  test.each<[string, string]>([
    ['', 'ends where'],
    ['ALARM(a) AND', 'ends where'],
    ['ALARM(a', 'ends where ")"'],
    ['ALARM(a) OK(b)', '"OK" where AND, OR or the end'],
    ['alarm(a)', '"alarm"'],
    ['ALARM()', 'the name or ARN'],
    ['ALARM("")', 'the name or ARN'],
    ['ALARM(a, b)', '"," where ")"'],
    ['(ALARM(a)', 'ends where'],
    ['ALARM(a) XOR ALARM(b)', '"XOR"'],
    ['ALARM("a)', 'cannot be read'],
    ['AT_LEAST(0, ALARM, (a, b))', 'must be 1 to 2'],
    ['AT_LEAST(3, ALARM, (a, b))', 'must be 1 to 2'],
    ['AT_LEAST(101%, ALARM, (a, b))', 'must be 1 to 100%'],
    ['AT_LEAST(1.5, ALARM, (a, b))', '"1.5"'],
    ['AT_LEAST(1, ALARM, a)', '"a" where "("'],
    ['ALARM(a) AND ALARM(b) OR ALARM(c)', 'mixes AND and OR without parentheses'],
    ['NOT ALARM(a) AND ALARM(b)', 'mixes NOT and AND without parentheses'],
    [Array.from({ length: 101 }, (_, index) => `ALARM(a${index})`).join(' OR '), '101 alarms; at most 100'],
    [`${'('.repeat(500)}ALARM(a)${')'.repeat(500)}`, '501 elements; at most 500'],
    [`ALARM("${'a'.repeat(10_240)}")`, 'characters; at most 10240'],
  ])('%.60s is refused', (text, message) => {
    expect(() => parseRule(text)).toThrow(RuleSyntaxError);
    expect(() => parseRule(text)).toThrow(message);
  });

  test('means the same as the condition it was written from', () => {
    const leaf = fc.constantFrom('a', 'b', 'c', 'd').map((name) => ({
      text: `ALARM("${name}")`,
      value: states[name] === 'ALARM',
    }));
    const { rule } = fc.letrec<{ rule: { text: string; value: boolean } }>((tie) => ({
      rule: fc.oneof(
        { maxDepth: 5 },
        leaf,
        tie('rule').map(({ text, value }) => ({ text: `(NOT (${text}))`, value: !value })),
        fc
          .tuple(fc.constantFrom('AND', 'OR'), fc.array(tie('rule'), { minLength: 2, maxLength: 4 }))
          .map(([operator, inner]) => ({
            text: `(${inner.map(({ text }) => text).join(` ${operator} `)})`,
            value: operator === 'AND' ? inner.every(({ value }) => value) : inner.some(({ value }) => value),
          })),
      ),
    }));
    fc.assert(
      fc.property(
        rule.filter(({ text }) => text.split(/[(A]/).length < 400),
        ({ text, value }) => {
          expect(holds(parseRule(text), stateOf)).toBe(value);
        },
      ),
    );
  });
});
