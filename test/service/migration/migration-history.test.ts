import { describe, expect, it } from '@jest/globals';
import { compareHistory } from '../../../service/migration/migration-history.ts';

const known = ['0001_a', '0002_b', '0003_c'];

describe('comparing the migrations of a database with those of the image', () => {
  it.each([
    ['a new database gets all', [], { kind: 'behind', pending: known }],
    ['an older one gets the rest', ['0001_a'], { kind: 'behind', pending: ['0002_b', '0003_c'] }],
    ['an equal one gets none', known, { kind: 'current', pending: [] }],
    ['a newer one is left alone', [...known, '0004_d'], { kind: 'newer', newer: ['0004_d'] }],
  ])('%s', (_name, applied, history) => {
    expect(compareHistory(known, applied)).toEqual(history);
  });

  it.each([
    ['an unknown migration in between', ['0001_a', '0002_x', '0003_c'], '0002_x where this image has 0002_b'],
    ['a missing one in between', ['0001_a', '0003_c'], '0003_c without 0002_b'],
    ['a history of its own', ['initial'], 'initial where this image has 0001_a'],
  ])('refuses %s', (_name, applied, reason) => {
    expect(compareHistory(known, applied)).toEqual({
      kind: 'foreign',
      reason: expect.stringContaining(reason),
    });
  });
});
