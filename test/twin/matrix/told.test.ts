import { expect, test } from '@jest/globals';
import { lackingOf } from '../../../twin/matrix/told.ts';

const alarm = 'Runbook   runbooks/tls.md\nAlarm     x-postgres-certificate-expiring is ALARM. It expires.';
const explained = `Cause     It is valid to 2026-12-06
          05:59 UTC, 9 days after this report; told below 21 days.
Evidence  address=127.0.0.1
Remedy    Rotate it.
${alarm}`;

test.each([
  ['all that is needed, over its lines', explained, []],
  [
    'no evidence, remedy and figure',
    `Cause     The last report finds nothing wrong.\n${alarm}`,
    ['the notification of postgres-certificate-expiring lacks Evidence, Remedy, its certificate'],
  ],
  [
    'another alarm alone',
    'Alarm     x-postgres-down is ALARM.',
    ['no notification told of postgres-certificate-expiring; there were 1'],
  ],
])('of a notification with %s the matrix says so', (_name, text, expected) => {
  expect(lackingOf('x', ['postgres-certificate-expiring'], [{ text }])).toEqual(expected);
});

test('what no probe looks at, and a probe that is silent, need no report', () => {
  expect(lackingOf('x', ['dead-letters', 'capacity-probe-silent'], [])).toEqual([]);
});
