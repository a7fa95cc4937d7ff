import { describe, expect, test } from '@jest/globals';
import { believed, compare, type Sources } from '../../lambdas/database-name-probe/compare.ts';
import type { Facts } from '../../lambdas/database-name-probe/sources.ts';

const sources = (facts: Record<string, Facts>): Sources => new Map(Object.entries(facts));
const named = (names: Record<string, string>): Sources =>
  sources(Object.fromEntries(Object.entries(names).map(([source, name]) => [source, { name }])));

const agreeing = {
  settings: 'mlflow_db',
  'RDS instance': 'mlflow_db',
  secret: 'mlflow_db',
  'task definition': 'mlflow_db',
};

describe('the database name', () => {
  test('is right when every source and the server agree', () => {
    expect(compare('name', named(agreeing), ['mlflow_db', 'postgres']).ok).toBe(true);
  });

  test.each(Object.keys(agreeing))('that only the %s gives differently names that source', (source) => {
    const outcome = compare('name', named({ ...agreeing, [source]: 'mlflow' }), ['mlflow_db', 'postgres']);
    if (outcome.ok) throw new Error('agreed');
    expect(outcome.failure.cause).toBe('DATABASE_NAME_MISMATCH');
    expect(outcome.failure.evidence).toMatchObject({
      differs: [source],
      databases: ['mlflow_db', 'postgres'],
    });
    expect(outcome.failure.detail).toContain(`the ${source} says "mlflow"`);
    expect(outcome.failure.detail).toContain('the server has "mlflow_db" and "postgres"');
  });

  test('what the server has wins over what most sources say', () => {
    const outcome = compare(
      'name',
      named({ settings: 'mlflow', secret: 'mlflow', 'RDS instance': 'mlflow_db' }),
      ['mlflow_db'],
    );
    expect(!outcome.ok && outcome.failure.evidence?.differs).toEqual(['settings', 'secret']);
  });

  test('that all sources share but the server does not have is a mismatch of the server', () => {
    const outcome = compare('name', named({ settings: 'mlflow', secret: 'mlflow' }), ['mlflow_db']);
    expect(!outcome.ok && outcome.failure).toMatchObject({
      cause: 'DATABASE_NAME_MISMATCH',
      evidence: { differs: ['server'] },
    });
  });

  test('that differs in letter case only has its own name', () => {
    const outcome = compare('name', named({ ...agreeing, secret: 'MLflow_DB' }), ['mlflow_db']);
    expect(!outcome.ok && outcome.failure.cause).toBe('DATABASE_NAME_CASE');
    const all = compare('name', named({ settings: 'MLFLOW_DB' }), ['mlflow_db']);
    expect(!all.ok && all.failure.cause).toBe('DATABASE_NAME_CASE');
  });

  test('is compared among the sources alone when the server cannot be asked', () => {
    expect(compare('name', named(agreeing), undefined).ok).toBe(true);
    const outcome = compare('name', named({ ...agreeing, secret: 'mlflow' }), undefined);
    expect(!outcome.ok && outcome.failure.evidence?.differs).toEqual(['secret']);
  });

  test('that a source does not give is no opinion', () => {
    const some = sources({
      settings: { name: 'mlflow_db' },
      'RDS instance': {},
      secret: { name: 'mlflow_db' },
    });
    expect(compare('name', some, ['mlflow_db']).ok).toBe(true);
  });
});

describe('host, port and user', () => {
  const facts = { host: 'db.example', port: 5432, user: 'mlflow' };

  test('agree whatever the letter case of the host', () => {
    const all = sources({ settings: facts, 'RDS instance': { ...facts, host: 'DB.example' } });
    expect(compare('endpoint', all, undefined).ok).toBe(true);
  });

  test('that differ name the source', () => {
    const all = sources({ settings: facts, secret: { ...facts, port: 5433 }, 'RDS instance': facts });
    const endpoint = compare('endpoint', all, undefined);
    expect(!endpoint.ok && endpoint.failure).toMatchObject({
      cause: 'DATABASE_HOST_MISMATCH',
      evidence: { differs: ['secret'] },
    });
    const user = compare(
      'user',
      sources({ settings: facts, secret: { ...facts, user: 'postgres' } }),
      undefined,
    );
    expect(!user.ok && user.failure.cause).toBe('DATABASE_USER_MISMATCH');
  });
});

test('a tie is decided for the earlier source', () => {
  expect(
    believed(
      new Map([
        ['settings', 'a'],
        ['secret', 'b'],
      ]),
      undefined,
    ),
  ).toBe('a');
});
