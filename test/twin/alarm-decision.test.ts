import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AlarmState, decide, type MissingData, type Point } from '../../twin/alarms/index.ts';

const kinds: Record<string, Point> = { '0': 'good', X: 'breaching', '-': 'missing' };
const points = (text: string): Point[] => text.split(' ').map((symbol) => kinds[symbol] as Point);
const treatments: MissingData[] = ['missing', 'ignore', 'breaching', 'notBreaching'];
const states: AlarmState[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];
const n = 3;

/** The two tables of "Configuring how CloudWatch alarms treat missing data", CloudWatch user guide; N = 3. */
const rows: [m: number, points: string, ...states: (AlarmState | 'keep')[]][] = [
  [3, '0 - X - X', 'OK', 'OK', 'OK', 'OK'],
  [3, '0 - - - -', 'OK', 'OK', 'OK', 'OK'],
  [3, '- - - - -', 'INSUFFICIENT_DATA', 'keep', 'ALARM', 'OK'],
  [3, '0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  [3, '- - X - -', 'ALARM', 'keep', 'ALARM', 'OK'],
  [2, '0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  [2, '0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  [2, '0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
  [2, '- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
  [2, '- - - X -', 'ALARM', 'keep', 'ALARM', 'OK'],
];

describe('an alarm with 3 evaluation periods decides as CloudWatch documents', () => {
  const cells = rows.flatMap(([m, text, ...expected]) =>
    treatments.map(
      (treatment, index) => [m, text, treatment, expected[index] as AlarmState | 'keep'] as const,
    ),
  );
  test.each(cells)('M=%i, points %s, missing data %s: %s', (m, text, treatMissingData, expected) => {
    for (const before of states) {
      const rule = { evaluationPeriods: n, datapointsToAlarm: m, treatMissingData };
      expect(decide(points(text), rule, before)).toBe(expected === 'keep' ? before : expected);
    }
  });

  const rule = { evaluationPeriods: n, datapointsToAlarm: 3, treatMissingData: 'missing' } as const;

  test('a minute after the last good point left the range, missing data that breaches gives ALARM', () => {
    const breaching = { ...rule, treatMissingData: 'breaching' } as const;
    expect(decide(points('0 - - - -'), breaching, 'OK')).toBe('OK');
    expect(decide(points('- - - - -'), breaching, 'OK')).toBe('ALARM');
  });

  test.each(['- - - - X', '- - - X -'])('%s does not go into ALARM at once', (text) => {
    expect(decide(points(text), rule, 'OK')).not.toBe('ALARM');
  });

  test.each(['- - - X 0', '- - X - 0'])('%s is OK: a good point follows', (text) => {
    expect(decide(points(text), rule, 'ALARM')).toBe('OK');
  });

  test('the graph of the guide: ALARM from the third breach to the first good point, and not for a lone one', () => {
    const series = points('X X X X X 0 0 0 X');
    const seen = series.map((_, index) =>
      decide([...points('0 0 0 0 0'), ...series].slice(index + 1, index + 6), rule, 'OK'),
    );
    expect(seen).toEqual(['OK', 'OK', 'ALARM', 'ALARM', 'ALARM', 'OK', 'OK', 'OK', 'OK']);
  });
});

test('with enough data the treatment of missing data changes nothing', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.constantFrom<Point>('good', 'breaching'), { minLength: 5, maxLength: 5 }),
      fc.array(fc.nat({ max: 7 }), { maxLength: 2 }),
      (evaluationPeriods, m, real, gaps) => {
        const range = [...real];
        for (const at of gaps) range.splice(at, 0, 'missing');
        const results = treatments.map((treatMissingData) =>
          decide(
            range,
            { evaluationPeriods, datapointsToAlarm: Math.min(m, evaluationPeriods), treatMissingData },
            'INSUFFICIENT_DATA',
          ),
        );
        expect(new Set(results).size).toBe(1);
      },
    ),
  );
});
