import { describe, expect, test } from '@jest/globals';
import {
  chosenParameters,
  type ParameterValues,
  parameterTable,
  renderParameters,
} from '../../lib/constructs/database-parameters/index.ts';

const reason = 'a test';

describe('the chosen parameters', () => {
  const rendered = renderParameters(17, chosenParameters(17));

  test('force TLS, log connections and bound every wait', () => {
    expect(rendered).toMatchObject({
      'rds.force_ssl': '1',
      log_connections: '1',
      log_disconnections: '1',
      statement_timeout: '30000',
      lock_timeout: '10000',
      idle_in_transaction_session_timeout: '60000',
      client_connection_check_interval: '10000',
      tcp_keepalives_idle: '60',
      tcp_keepalives_interval: '10',
      tcp_keepalives_count: '3',
    });
  });

  test('never log statements, which carry passwords when a role is changed', () => {
    expect(Object.keys(rendered)).not.toContain('log_statement');
  });

  test('each say why', () => {
    for (const { reason: why } of Object.values(chosenParameters(17))) expect(why.length).toBeGreaterThan(15);
  });

  test.each([15, 16, 17, 18])('exist in PostgreSQL %s', (major) => {
    expect(() => renderParameters(major, chosenParameters(major))).not.toThrow();
  });

  test('follow the form that PostgreSQL 18 gave log_connections', () => {
    expect(renderParameters(18, chosenParameters(18)).log_connections).toBe('authorization,setup_durations');
  });
});

describe('a wrong parameter stops the synthesis', () => {
  test.each<[string, number, ParameterValues, RegExp]>([
    [
      'an unknown name',
      17,
      { statement_timeot: { value: 1, reason } },
      /'statement_timeot' is not in the parameter table/,
    ],
    [
      'a name that this version lacks',
      16,
      { transaction_timeout: { value: 60_000, unit: 'ms', reason } },
      /'transaction_timeout' does not exist in PostgreSQL 16, only in 17 and newer/,
    ],
    [
      'a version that is too old',
      14,
      { log_disconnections: { value: true, reason } },
      /only in 15 and newer/,
    ],
    [
      'the wrong unit',
      17,
      { statement_timeout: { value: 30, unit: 's', reason } },
      /'statement_timeout' is given in s; PostgreSQL counts it in ms/,
    ],
    [
      'no unit',
      17,
      { lock_timeout: { value: 5_000, reason } },
      /is given in no unit; PostgreSQL counts it in ms/,
    ],
    [
      'a value out of bounds',
      17,
      { tcp_keepalives_idle: { value: 9, unit: 's', reason } },
      /'tcp_keepalives_idle' is 9 s; write 10 to 7200/,
    ],
    [
      'a fraction',
      17,
      { tcp_keepalives_idle: { value: 60.5, unit: 's', reason } },
      /write a whole number of s/,
    ],
    ['a number for a switch', 17, { 'rds.force_ssl': { value: 1, reason } }, /is '1'; write true or false/],
    [
      'a switch where 18 wants a list',
      18,
      { log_connections: { value: true, reason } },
      /'log_connections' has 'true'; write a list of receipt/,
    ],
    [
      'an unknown item of a list',
      18,
      { log_connections: { value: ['authorisation'], reason } },
      /has 'authorisation'/,
    ],
    [
      'a lock timeout that a statement never reaches',
      17,
      {
        lock_timeout: { value: 30_000, unit: 'ms', reason },
        statement_timeout: { value: 30_000, unit: 'ms', reason },
      },
      /'lock_timeout' \(30000\) must be shorter than 'statement_timeout' \(30000\)/,
    ],
  ])('%s', (_what, major, values, expected) => {
    expect(() => renderParameters(major, values)).toThrow(expected);
  });

  test('all problems are told at once', () => {
    const values = { nonsense: { value: 1, reason }, 'rds.force_ssl': { value: 'yes', reason } };
    expect(() => renderParameters(17, values)).toThrow(/nonsense[\s\S]*force_ssl/);
  });
});

test('the forms of one parameter never overlap', () => {
  for (const [name, forms] of Object.entries(parameterTable)) {
    for (const [index, form] of forms.entries()) {
      const next = forms[index + 1];
      if (next) expect([name, form.last]).toEqual([name, next.first - 1]);
    }
  }
});
