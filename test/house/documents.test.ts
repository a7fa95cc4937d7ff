import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { outOfDate, pages } from '../../docs/generate/index.ts';

const root = new URL('../../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('the generated pages', () => {
  it('are what the generators write: npm run docs', async () => {
    expect(Object.keys(await pages()).length).toBeGreaterThanOrEqual(3);
    expect(await outOfDate()).toEqual([]);
  });

  it('are the only ones in their folder', async () => {
    const written = globSync('docs/reference/*', { cwd: root }).map((path) => path.slice('docs/'.length));
    const generated = Object.keys(await pages()).filter((path) => path.startsWith('reference/'));
    expect(written.sort()).toEqual(generated.sort());
  });
});

describe('docs/coverage.md', () => {
  const families = { S: 6, D: 7, H: 7, C: 7, B: 6, I: 15, M: 6, T: 5, O: 4 };
  const ids = Object.entries(families).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, place) => `${letter}${place + 1}`),
  );
  const rows = read('docs/coverage.md')
    .split('\n')
    .filter((line) => /^\| [A-Z]\d+ +\|/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, id = '', , , state = '', where = '', test = '']) => ({ id, state, where, test }));
  const paths = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, path]) => path ?? '');

  it('has every requirement once, in order', () => {
    expect(rows.map(({ id }) => id)).toEqual(ids);
  });

  it('says done, partly with what is missing, or not yet', () => {
    const wrong = rows.filter(({ state }) => !/^(done$|partly: .+|not yet(; .+)?$)/.test(state));
    expect(wrong).toEqual([]);
  });

  it('names a file and a test for what is done or partly done, and both exist', () => {
    for (const { id, state, where, test } of rows.filter(({ state }) => !state.startsWith('not yet'))) {
      expect([id, state, paths(where).length > 0, paths(test).length > 0]).toEqual([id, state, true, true]);
      for (const path of paths(where))
        expect([id, path, existsSync(join(root, path))]).toEqual([id, path, true]);
      for (const path of paths(test)) {
        expect([id, path, existsSync(join(root, path))]).toEqual([id, path, true]);
        expect(path).toMatch(/^test\/.+\.test\.ts$/);
      }
    }
  });
});

describe('docs/compatibility.md', () => {
  const page = read('docs/compatibility.md');
  const named = [...page.matchAll(/“([^”]+)”/g)]
    .map(([, name]) => name ?? '')
    .filter((name) => name !== 'quotes');

  it('names only tests that exist', () => {
    const tests = globSync('test/{service,core}/**/*.test.ts', { cwd: root }).map(read).join('\n');
    // A name that the formatter has broken over two lines, or that holds an apostrophe, is not used here.
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((name) => !tests.includes(name))).toEqual([]);
  });

  it('has every defect of the service that could come back, each with a test', () => {
    const rows = page.split('\n').filter((line) => /^\| D-\d+ /.test(line));
    const numbers = rows.map((line) => Number(/D-(\d+)/.exec(line)?.[1]));
    expect(numbers).toEqual(Array.from({ length: 46 }, (_, place) => place + 1));
    expect(
      rows.filter((line) => !/“|`test\/|cannot exist|there is no|comes with|`\.ci\/run`/.test(line)),
    ).toEqual([]);
    const paths = rows.flatMap((line) =>
      [...line.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path ?? ''),
    );
    for (const path of paths) expect([path, existsSync(join(root, path))]).toEqual([path, true]);
  });
});

describe('the documents', () => {
  const documents = globSync(['docs/**/*.md', 'README.md'], { cwd: root });

  it('link only to pages that exist', () => {
    const broken = documents.flatMap((page) =>
      [...read(page).matchAll(/\]\(([^)#]+)[^)]*\)/g)]
        .map(([, target]) => target ?? '')
        .filter((target) => !target.startsWith('http'))
        .filter((target) => !existsSync(join(root, normalize(join(dirname(page), target)))))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});
