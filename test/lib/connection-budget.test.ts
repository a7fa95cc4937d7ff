import { describe, expect, test } from '@jest/globals';
import { availableConnections, checkConnectionBudget } from '../../lib/constructs/connection-budget/index.ts';

describe('connections that an instance class leaves', () => {
  test('they follow the formula of RDS, with room for what the formula does not see', () => {
    // 2 GiB / 9531392 = 225; of which 0.7 are sure; minus 5 that the server keeps.
    expect(availableConnections('db.t4g.small')).toBe(152);
    expect(availableConnections('db.m7g.large')).toBe(625);
  });

  test('they never exceed what RDS allows at all', () => {
    expect(availableConnections('db.m7g.4xlarge')).toBe(3495);
  });

  test('they stay below what was seen on live instances of the small classes', () => {
    expect(availableConnections('db.t3.micro')).toBeLessThan(81);
    expect(availableConnections('db.t3.medium')).toBeLessThan(405);
  });

  test('an unknown class is refused, and the known ones are named', () => {
    expect(() => availableConnections('db.t9.tiny')).toThrow(
      /Unknown instance class 'db\.t9\.tiny'\. Known: db\.t3\.micro, /,
    );
  });
});

describe('what tasks, functions and operators need', () => {
  test('twice the tasks count, because a deployment runs old and new ones', () => {
    expect(checkConnectionBudget({ instanceClass: 'db.t4g.small', maxTasks: 2, poolSize: 10 })).toEqual({
      needed: 2 * 2 * (10 + 2) + 11 + 5,
      available: 152,
    });
  });

  test('exactly what is there is allowed, one more is not', () => {
    const fits = { instanceClass: 'db.t4g.small', maxTasks: 1, poolSize: 66 };
    expect(checkConnectionBudget(fits)).toEqual({ needed: 152, available: 152 });
    expect(() => checkConnectionBudget({ ...fits, poolSize: 67 })).toThrow(
      '= 154, and db.t4g.small leaves 152',
    );
  });

  test('the refusal shows the sum and the largest pool that would fit', () => {
    expect(() => checkConnectionBudget({ instanceClass: 'db.t4g.micro', maxTasks: 4, poolSize: 10 })).toThrow(
      '4 tasks x 2 (deployment overlap) x (pool 10 + 2 fixed) + 11 of functions + 5 for operators = 112, and db.t4g.micro leaves 73. Lower DATABASE_POOL_SIZE to 5 or less',
    );
  });

  test('where no pool would fit, none is suggested', () => {
    expect(() => checkConnectionBudget({ instanceClass: 'db.t4g.micro', maxTasks: 40, poolSize: 1 })).toThrow(
      'leaves 73. Lower maxTasks or take a larger class.',
    );
  });
});
