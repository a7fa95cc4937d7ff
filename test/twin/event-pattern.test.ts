import { describe, expect, test } from '@jest/globals';
import { PatternRefused, readPattern } from '../../twin/changes/index.ts';

/** From the examples of the Amazon EventBridge User Guide, shortened, and their edges. */
const scenarios: [what: string, pattern: object, matching: unknown[], others: unknown[]][] = [
  [
    'one of several values',
    { a: ['x', 'y'] },
    [{ a: 'x' }, { a: 'y', b: 1 }],
    [{ a: 'z' }, { a: 'X' }, {}, 'x', null],
  ],
  ['numbers and null as they are', { a: [7, null] }, [{ a: 7 }, { a: null }], [{ a: '7' }, {}]],
  ['every name of a pattern', { a: ['x'], b: ['y'] }, [{ a: 'x', b: 'y' }], [{ a: 'x' }, { b: 'y' }]],
  ['what stands deeper', { a: { b: ['x'] } }, [{ a: { b: 'x' } }], [{ a: 'x' }, { b: 'x' }, { a: {} }]],
  ['one item of a list', { a: ['x'] }, [{ a: ['w', 'x'] }], [{ a: [] }, { a: ['w'] }]],
  ['one object of a list', { a: { b: ['x'] } }, [{ a: [{ b: 'w' }, { b: 'x' }] }], [{ a: [{ c: 'x' }] }]],
  ['a prefix', { a: [{ prefix: 'ab' }] }, [{ a: 'abc' }], [{ a: 'bab' }, { a: 'AB' }, { a: 7 }, {}]],
  [
    'a prefix in any case',
    { a: [{ prefix: { 'equals-ignore-case': 'aB' } }] },
    [{ a: 'Abc' }],
    [{ a: 'xab' }],
  ],
  ['a suffix', { a: [{ suffix: '/x' }] }, [{ a: 'y/x' }], [{ a: 'x/y' }]],
  ['a value in any case', { a: [{ 'equals-ignore-case': 'Ab' }] }, [{ a: 'aB' }], [{ a: 'abc' }]],
  ['that there is a value', { a: [{ exists: true }] }, [{ a: 'x' }, { a: null }], [{}]],
  ['that there is none', { a: [{ exists: false }] }, [{}, { b: 'x' }], [{ a: 'x' }]],
  ['anything but one value', { a: [{ 'anything-but': 'x' }] }, [{ a: 'y' }], [{ a: 'x' }, {}]],
  [
    'anything but several',
    { a: [{ 'anything-but': ['x', { prefix: 'y' }] }] },
    [{ a: 'z' }],
    [{ a: 'x' }, { a: 'yy' }],
  ],
  [
    'alternatives, with what else is said',
    { a: ['x'], b: { $or: [{ c: ['1'] }, { d: ['2'] }] } },
    [
      { a: 'x', b: { c: '1' } },
      { a: 'x', b: { d: '2', c: '3' } },
    ],
    [{ a: 'y', b: { c: '1' } }, { a: 'x', b: {} }, { a: 'x' }],
  ],
  ['own members only', { constructor: [{ exists: true }] }, [{ constructor: 1 }], [{}]],
];

describe('a pattern matches', () => {
  test.each(scenarios)('%s', (_what, pattern, matching, others) => {
    const matches = readPattern(pattern);
    expect(matching.map(matches)).toEqual(matching.map(() => true));
    expect(others.map(matches)).toEqual(others.map(() => false));
  });
});

describe('a pattern is refused', () => {
  test.each<[what: string, pattern: unknown, says: string]>([
    ['with an operator that is not known here', { a: [{ numeric: ['>', 0] }] }, 'numeric'],
    ['with one that nobody knows', { a: [{ constructor: 'x' }] }, 'constructor'],
    ['with one inside of another', { a: [{ 'anything-but': { wildcard: '*' } }] }, 'wildcard'],
    ['with a single alternative', { $or: [{ a: ['x'] }] }, 'two alternatives'],
    ['with a value that stands in no list', { a: 'x' }, 'takes a list'],
    ['with a list of nothing', { a: [] }, 'takes a list'],
    ['that is a list', [], 'is an object'],
  ])('%s', (_what, pattern, says) => {
    expect(() => readPattern(pattern)).toThrow(PatternRefused);
    expect(() => readPattern(pattern)).toThrow(says);
  });
});
