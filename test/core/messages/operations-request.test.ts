import { describe, expect, test } from '@jest/globals';
import { readRequest } from '../../../core/messages/index.ts';

const id = '5c1e7a1e-3b1f-4b5e-9d5c-0d6f0a6b1c2d';

const read = (operation: unknown, options: Record<string, unknown> = {}) =>
  readRequest({ operation, options, spell: (name) => `<${name}>`, also: ['<more>'] });

const problemsOf = (...asked: Parameters<typeof read>): string[] => {
  const result = read(...asked);
  return result.ok ? [] : result.problems;
};

describe('what is asked for', () => {
  test('has its defaults: 20 messages to look at, 100 to change, 50 in a second, and no confirmation', () => {
    expect(read('depth')).toEqual({ ok: true, request: { operation: 'depth' } });
    expect(read('peek')).toEqual({
      ok: true,
      request: { operation: 'peek', state: 'pending', limit: 20 },
    });
    expect(read('redrive', { all: true })).toEqual({
      ok: true,
      request: { operation: 'redrive', filter: {}, limit: 100, rate: 50, dryRun: false },
    });
    expect(read('purge', { key: 'a' })).toEqual({
      ok: true,
      request: { operation: 'purge', filter: { key: 'a' }, limit: 100, dryRun: false, confirm: false },
    });
  });

  test('takes every part of a filter, as texts of a shell or as values of JSON', () => {
    const filter = {
      ids: [id],
      key: 'k',
      type: 't',
      reason: 'r',
      before: new Date('2026-01-31T11:00:00.500Z'),
    };
    const before = '2026-01-31T12:00:00.5+01:00';
    const texts = {
      id: [id.toUpperCase(), id],
      key: 'k',
      type: 't',
      reason: 'r',
      before,
      limit: '7',
      rate: '3',
    };
    const values = { id, key: 'k', type: 't', reason: 'r', before, limit: 7, rate: 3, dryRun: true };
    expect(read('redrive', texts)).toEqual({
      ok: true,
      request: { operation: 'redrive', filter, limit: 7, rate: 3, dryRun: false },
    });
    expect(read('redrive', values)).toEqual({
      ok: true,
      request: { operation: 'redrive', filter, limit: 7, rate: 3, dryRun: true },
    });
  });

  test('means every message that is named by its id, however many they are', () => {
    const ids = Array.from({ length: 150 }, (_, place) => id.slice(0, -3) + String(place).padStart(3, '0'));
    expect(read('redrive', { id: ids })).toMatchObject({ request: { limit: 150 } });
    expect(read('redrive', { id: ids, limit: 10 })).toMatchObject({ request: { limit: 10 } });
  });

  test.each<[string, unknown, Record<string, unknown>, string]>([
    ['no operation', undefined, {}, 'no operation is named: write one of depth, peek, redrive, purge'],
    ['an unknown operation', 'drain', {}, 'there is no operation "drain": write one of depth, peek'],
    ['an operation that is no text', { a: 1 }, {}, 'there is no operation {"a":1}: write one of'],
    ['what every object has', 'constructor', {}, 'there is no operation "constructor"'],
    [
      'an unknown option',
      'peek',
      { keys: 'a' },
      'peek has no option <keys>: it takes <state>, <limit>, <key>, <more>',
    ],
    ['an option that every object has', 'peek', { toString: 1 }, 'peek has no option <toString>'],
    ['an option of another operation', 'peek', { rate: 1 }, 'peek has no option <rate>'],
    [
      'confirmation of what needs none',
      'redrive',
      { all: true, confirm: true },
      'redrive has no option <confirm>',
    ],
    [
      'an unknown state',
      'peek',
      { state: 'died' },
      '<state> cannot be used ("died"): write one of pending, held, sent, dead, all',
    ],
    [
      'nothing to look at',
      'peek',
      { limit: '0' },
      '<limit> cannot be used ("0"): write a whole number from 1 to 1000',
    ],
    [
      'more than can be looked at',
      'peek',
      { limit: 1001 },
      '<limit> cannot be used (1001): write a whole number from 1 to 1000',
    ],
    ['a fraction', 'peek', { limit: 1.5 }, '<limit> cannot be used (1.5)'],
    ['a number in another form', 'peek', { limit: '1e2' }, '<limit> cannot be used ("1e2")'],
    [
      'a negative number',
      'redrive',
      { all: true, limit: '-1' },
      '<limit> cannot be used ("-1"): write a whole number from 1 to 5000',
    ],
    [
      'no pace',
      'redrive',
      { all: true, rate: 0 },
      '<rate> cannot be used (0): write a whole number from 1 to 1000',
    ],
    [
      'an empty key, as of a variable that is not set',
      'purge',
      { key: '' },
      '<key> cannot be used (""): write a text of 1 to 1000 characters',
    ],
    [
      'a text that PostgreSQL does not take',
      'purge',
      { key: 'a\0b' },
      '<key> cannot be used ("a\\u0000b"): it holds a NUL character',
    ],
    ['a long text', 'purge', { reason: 'x'.repeat(1001) }, 'write a text of 1 to 1000 characters'],
    ['an id that is none', 'redrive', { id: [id, '7'] }, '<id> cannot be used'],
    ['no ids', 'redrive', { id: [] }, '<id> cannot be used ([]): write the id of a message'],
    [
      'a time without its zone',
      'redrive',
      { before: '2026-01-31T12:00:00' },
      '<before> cannot be used ("2026-01-31T12:00:00"): write a time with its zone',
    ],
    ['a day alone', 'redrive', { before: '2026-01-31' }, 'write a time with its zone'],
    [
      'a day that does not exist',
      'redrive',
      { before: '2026-02-30T12:00:00Z' },
      'write a time with its zone',
    ],
    [
      'an hour that does not exist',
      'redrive',
      { before: '2026-02-01T25:00:00Z' },
      'write a time with its zone',
    ],
    [
      'a flag with a value',
      'purge',
      { all: 'yes' },
      '<all> cannot be used ("yes"): write true, or leave it out',
    ],
    [
      'no filter',
      'redrive',
      {},
      'redrive needs to know which messages: write <id>, <key>, <type>, <reason>, <before>, or <all> for every dead one',
    ],
    ['all that is not so', 'purge', { all: false }, 'purge needs to know which messages'],
    [
      'a filter and all',
      'purge',
      { all: true, key: 'a', type: 'b' },
      '<all> is every dead message, and <key> and <type> only some: write one or the other',
    ],
  ])('is refused with what to write instead: %s', (_what, operation, options, expected) => {
    const problems = problemsOf(operation, options);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  test('is refused with every problem at once', () => {
    expect(problemsOf('redrive', { limit: 'a', rate: 'b', nonsense: 1 })).toHaveLength(3);
  });
});
