import { expect, test } from '@jest/globals';
import { compareChecks } from '../../../core/checks/compare.ts';
import type { Check } from '../../../core/checks/index.ts';

const failed = (dependency: Check['dependency'], cause: NonNullable<Check['cause']>): Check => ({
  dependency,
  target: 'x',
  ok: false,
  layer: 'tcp',
  cause,
  evidence: { toldApart: ['first'] },
  phases: { tcpMs: 1 },
  durationMs: 1,
});
const passed = (dependency: Check['dependency']): Check => ({
  dependency,
  target: 'x',
  ok: true,
  layer: 'query',
  phases: { tcpMs: 1 },
  durationMs: 1,
});

const toldOf = (checks: Check[]) => compareChecks(checks).map(({ evidence }) => evidence?.toldApart);

test('one target that does not answer, while others do, is its own affair', () => {
  const refused = failed('redis', 'CONNECTION_REFUSED');
  expect(toldOf([failed('postgres', 'CONNECT_TIMEOUT'), passed('mlflow'), refused])).toEqual([
    ['first', 'not all targets: mlflow, redis answered in the same run'],
    undefined,
    ['first'],
  ]);
});

test('no target that answers is what they have in common', () => {
  const [first] = toldOf([failed('postgres', 'CONNECT_TIMEOUT'), failed('redis', 'CONNECT_TIMEOUT')]);
  expect(first).toEqual(['first', 'no target answered in this run: redis neither']);
});

test('a run with one check compares nothing', () => {
  expect(toldOf([failed('postgres', 'CONNECT_TIMEOUT')])).toEqual([['first']]);
});
