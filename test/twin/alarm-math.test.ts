import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  evaluateExpression,
  type MetricDataQuery,
  type Points,
  parseExpression,
  readMathPeriod,
  readMathQueries,
} from '../../twin/metric-math/index.ts';
import { Refused, readAll } from '../../twin/refused.ts';

const none = undefined;

const evaluate = (text: string, series: Record<string, Points> = {}): number | Points =>
  evaluateExpression(
    parseExpression(text),
    new Map(Object.entries(series)),
    Object.values(series)[0]?.length ?? 0,
  );

describe('the cases of the guide', () => {
  const m1 = [30, 20, 0, 0];
  const m2 = [20, none, 20, none];
  test.each<[string, Points]>([
    ['m1 < m2', [0, 0, 1, 0]],
    ['m1 >= 30', [1, 0, 0, 0]],
    ['m1 > 15 AND m2 > 15', [1, 0, 0, 0]],
    ['m1 > 15 && m2 > 15', [1, 0, 0, 0]],
    ['m1 > 15 OR m2 > 15', [1, 1, 1, 0]],
    ['m1 > 15 || m2 > 15', [1, 1, 1, 0]],
  ])('%s', (text, expected) => {
    expect(evaluate(text, { m1, m2 })).toEqual(expected);
  });

  const c = [1, 1, 0, 0, none];
  const t = [30, none, 0, 0, 30];
  const f = [0, 0, 20, none, 20];
  test.each<[string, Points]>([
    ['IF(c, t, f)', [30, 0, 20, none, none]],
    ['IF(c, 5, f)', [5, 5, 20, none, none]],
    ['IF(c, t, 5)', [30, 0, 5, 5, none]],
    ['IF(c, t)', [30, 0, none, none, none]],
    ['IF(-c, 5, 6)', [5, 5, 6, 6, none]],
  ])('%s', (text, expected) => {
    expect(evaluate(text, { c, t, f })).toEqual(expected);
  });
});

describe('missing data', () => {
  const m1 = [1, none, 3, none];
  const m2 = [none, 10, 0, none];
  test.each<[string, Points]>([
    ['m1 + m2', [1, 10, 3, none]],
    ['m1 - m2', [1, -10, 3, none]],
    ['m1 * m2', [0, 0, 0, none]],
    ['m1 + 1', [2, none, 4, none]],
    ['1 - m1', [0, none, -2, none]],
    ['-m1', [-1, none, -3, none]],
    ['m2 / m1', [0, none, 0, none]],
    ['m1 / m2', [none, 0, none, none]],
    ['m1 / 0', [none, none, none, none]],
    ['0 ^ m1', [0, none, 0, none]],
    ['m1 == 1', [1, none, 0, none]],
    ['m1 != m2', [1, 1, 1, none]],
    ['FILL(m1, 7)', [1, 7, 3, 7]],
    ['FILL(m1, -1)', [1, -1, 3, -1]],
    ['FILL(m1, REPEAT)', [1, 1, 3, 3]],
    ['FILL(m2, REPEAT)', [none, 10, 0, 0]],
    ['SUM([m1, m2])', [1, 10, 3, none]],
    ['AVG([m1, m2])', [1, 10, 1.5, none]],
    ['MIN([m1, m2])', [1, 10, 0, none]],
    ['MAX([m1, m2, m1 * 2])', [2, 10, 6, none]],
    ['ABS(m1 - 2)', [1, none, 1, none]],
    ['CEIL(m1 / 2)', [1, none, 2, none]],
    ['FLOOR(m1 / 2)', [0, none, 1, none]],
  ])('%s', (text, expected) => {
    expect((evaluate(text, { m1, m2 }) as Points).map((point) => (point === 0 ? 0 : point))).toEqual(
      expected,
    );
  });
});

describe('operators', () => {
  test.each<[string, number]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 2 - 3', 5],
    ['12 / 2 / 3', 2],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['2 * -3', -6],
    ['2 ^ -1', 0.5],
    ['1 + 1 == 2', 1],
    ['1 < 2 AND 3 < 2', 0],
    ['1 OR 0 AND 0', 1],
    ['1e3 + .5', 1000.5],
  ])('%s is %d', (text, value) => {
    expect(evaluate(text)).toBe(value);
  });

  test('bind as those of JavaScript do, whatever the arithmetic', () => {
    const arithmetic = fc
      .array(fc.tuple(fc.constantFrom('+', '-', '*', '/', '<', '>='), fc.integer({ min: 1, max: 9 })), {
        minLength: 1,
        maxLength: 8,
      })
      .filter((parts) => parts.filter(([sign]) => sign === '<' || sign === '>=').length < 2);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), arithmetic, (first, parts) => {
        const text = `${first}${parts.map(([sign, number]) => ` ${sign} ${number}`).join('')}`;
        expect(evaluate(text)).toBeCloseTo(Number(new Function(`return ${text}`)()), 9);
      }),
    );
  });

  test.each(['', '1 +', 'm1 m2', '(m1', 'm1)', '1 + * 2', 'm1 $ 2', 'SUM(m1', '[m1,]', 'AND'])(
    '%j cannot be read',
    (text) => {
      expect(() => parseExpression(text)).toThrow(/ends where|where .* should stand|cannot be read/);
    },
  );
});

describe('Metrics of an alarm', () => {
  const metric = (Id: string, change: object = {}): MetricDataQuery => ({
    Id,
    MetricStat: { Metric: { Namespace: 'N', MetricName: Id }, Period: 60, Stat: 'Sum', ...change },
    ReturnData: false,
  });
  const expression = (Expression: string, Id = 'e1', ReturnData = true): MetricDataQuery => ({
    ...{ Id, Expression, ReturnData },
  });

  test('are ordered so that an expression comes after those that it refers to', () => {
    const metrics = [expression('e2 / 2'), expression('m1 + 1', 'e2', false), metric('m1')];
    const { queries, result } = readMathQueries(metrics);
    expect(queries.map(({ id }) => id)).toEqual(['m1', 'e2', 'e1']);
    expect([result, readMathPeriod(metrics)]).toEqual(['e1', 60]);
  });

  const many = (count: number) => Array.from({ length: count }, (_, index) => metric(`m${index + 1}`));
  test.each<[string, MetricDataQuery[], string | RegExp]>([
    ['no ReturnData', [metric('m1'), expression('m1', 'e1', false)], 'no entry has ReturnData true'],
    [
      'two ReturnData',
      [metric('m1'), { Id: 'e2', Expression: 'm1' }, expression('m1')],
      'e2 and e1 have ReturnData',
    ],
    ['an undefined id', [metric('m1'), expression('m2')], 'refers to m2'],
    ['a cycle', [metric('m1'), expression('e2 + m1'), expression('e1', 'e2', false)], 'e1 -> e2 -> e1'],
    ['itself', [metric('m1'), expression('e1 + m1')], 'e1 -> e1'],
    ['a capital Id', [metric('M1'), expression('1')], 'must begin with a small letter'],
    ['ReturnData as a text', [{ ...metric('m1'), ReturnData: 'true' }], 'ReturnData must be true or false'],
    ['an Id twice', [metric('m1'), metric('m1'), expression('m1')], 'm1 is the Id of two'],
    ['eleven metrics', [...many(11), expression('m1')], '11 entries with a MetricStat; at most 10'],
    [
      'eleven expressions',
      [metric('m1'), ...Array.from({ length: 11 }, (_, i) => expression('m1', `e${i + 1}`, i === 0))],
      '11 entries with an Expression',
    ],
    [
      'two periods',
      [metric('m1'), metric('m2', { Period: 300 }), expression('m1 + m2')],
      '60 and 300 differ',
    ],
    ['both', [{ ...metric('m1'), Expression: '1' }, expression('m1')], 'and not both'],
    ['an AccountId', [{ ...metric('m1'), AccountId: '1' } as MetricDataQuery, expression('m1')], 'AccountId'],
    ['a trimmed mean', [metric('m1', { Stat: 'tm99' }), expression('m1')], '"tm99" is not implemented'],
    ['no metric', [expression('1 + 1')], 'no entry with a MetricStat'],
    ['bad syntax', [metric('m1'), expression('m1 +')], '"m1 +" ends where a value'],
    ['a number', [metric('m1'), expression('1 + 1')], 'gives a scalar'],
    ['a list', [metric('m1'), expression('[m1]')], 'gives a list'],
    ['a sum over time', [metric('m1'), expression('SUM(m1)')], 'write SUM([m1, m2])'],
    ['a count over time', [metric('m1'), expression('DATAPOINT_COUNT(m1)')], 'does not publish'],
    ['a running sum', [metric('m1'), expression('RUNNING_SUM(m1)')], 'RUNNING_SUM'],
    ['SEARCH', [metric('m1'), expression("SEARCH('x', 'Sum')")], 'SEARCH is not allowed in alarms'],
    ['METRICS', [metric('m1'), expression('SUM(METRICS("m"))')], 'METRICS is not implemented'],
    ['LOG', [metric('m1'), expression('LOG(m1)')], 'LOG is not implemented'],
    ['no such function', [metric('m1'), expression('MEDIAN([m1])')], 'there is no function MEDIAN'],
    ['LINEAR', [metric('m1'), expression('FILL(m1, LINEAR)')], 'LINEAR is not implemented'],
    ['a FILL by a series', [metric('m1'), expression('FILL(m1, m1)')], 'with a number or REPEAT'],
    ['IF on a number', [metric('m1'), expression('IF(1, m1, 2)')], 'an IF on a number'],
    ['too few arguments', [metric('m1'), expression('IF(m1)')], 'IF takes 2 or 3 arguments, not 1'],
    ['a sum of lists', [metric('m1'), expression('[m1] + 1')], 'before + is a list'],
    ['a bare word', [metric('m1'), expression('m1 + REPEAT')], 'REPEAT cannot stand by itself'],
  ])('with %s are refused', (_, metrics, message) => {
    const read = () =>
      readAll({ period: () => readMathPeriod(metrics), queries: () => readMathQueries(metrics) });
    expect(read).toThrow(Refused);
    expect(read).toThrow(message);
  });
});
