import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { causes } from '../../core/causes/index.ts';

const root = new URL('../../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The recorded incidents: every odd number. */
const numbers = Array.from({ length: 54 }, (_, place) => `I-${String(2 * place + 1).padStart(2, '0')}`);

const rows = read('docs/incidents.md')
  .split('\n')
  .filter((line) => line.startsWith('| I-'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, id = '', what = '', named = '', test = '']) => ({ id, what, named, test }));

/** A test file of the fault matrix and the tables that it runs. */
const sourcesOf = (path: string): string =>
  [
    path,
    ...[...read(path).matchAll(/from '\.\/(tables\/[^']+)'/g)].map(([, table]) => `test/faults/${table}`),
  ]
    .map(read)
    .join('\n');

describe('docs/incidents.md', () => {
  it('has every recorded incident once, in order', () => {
    expect(rows.map(({ id }) => id)).toEqual(numbers);
  });

  it('says of each what would have named it, or why nothing could', () => {
    expect(rows.filter(({ what, named }) => what === '' || named === '')).toEqual([]);
    const cells = /^(`test\/[\w/.-]+\.ts`|as I-\d+|comes with the .+|none)$/;
    expect(rows.filter(({ test }) => !cells.test(test))).toEqual([]);
  });

  it('cites tests that exist and whose name begins with the number', () => {
    for (const { id, test } of rows) {
      const path = /`(.+)`/.exec(test)?.[1];
      if (!path) continue;
      expect([id, path, existsSync(join(root, path))]).toEqual([id, path, true]);
      expect([id, path, new RegExp(`['"\`]${id} `).test(sourcesOf(path))]).toEqual([id, path, true]);
    }
  });

  it('refers only to incidents that have a test', () => {
    const withTest = rows.filter(({ test }) => test.startsWith('`')).map(({ id }) => id);
    const references = rows.flatMap(({ test }) => /^as (I-\d+)$/.exec(test)?.[1] ?? []);
    expect(references.filter((id) => !withTest.includes(id))).toEqual([]);
  });

  it('names only causes that exist', () => {
    const named = rows.flatMap(({ named: cell }) => [...cell.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)]);
    const codes = named.map(([, code]) => code ?? '').filter((code) => !/^REDIS_URL$/.test(code));
    expect(codes.filter((code) => !(code in causes))).toEqual([]);
  });

  it('lists every incident that a test of the fault matrix replays', () => {
    const sources = globSync('test/faults/**/*.ts', { cwd: root }).map(read).join('\n');
    const replayed = new Set([...sources.matchAll(/['"`](I-\d+) /g)].map(([, id]) => id));
    const known = new Set(rows.filter(({ test }) => test.startsWith('`')).map(({ id }) => id));
    expect([...replayed].filter((id) => !known.has(id ?? ''))).toEqual([]);
  });
});
