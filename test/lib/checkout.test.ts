import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { checkoutOf } from '../../lib/checkout/index.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'breakwater-checkout-')));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false'];
const gitIn = (folder: string, ...args: string[]): string =>
  execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' }).trim();

let folder: string;
const git = (...args: string[]): string => gitIn(folder, ...args);
const write = (path: string, text: string): void => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
};
/** Writes a file and commits it; the id of the commit. */
const commit = (path: string, text: string): string => {
  write(path, text);
  git('add', '-A');
  git('commit', '-q', '-m', `${path}: ${text}`);
  return git('rev-parse', 'HEAD');
};
const intended = () => checkoutOf(folder).intended();
const relation = (running: string, to: string) => checkoutOf(folder).relation(running, to);

let first: string;
beforeEach(() => {
  folder = mkdtempSync(join(base, 'project-'));
  git('init', '-q', '-b', 'main');
  first = commit('core/a.ts', '1');
});

describe('the commit that is meant to run', () => {
  it('is the last one that changed a file of the image, with its time', async () => {
    commit('docs/page.md', 'not in the image');
    expect(await intended()).toEqual({
      ok: true,
      value: { commit: first, time: git('log', '-1', '--format=%cI', first) },
    });
    const second = commit('service/b.ts', '2');
    expect(await intended()).toMatchObject({ ok: true, value: { commit: second } });
  });

  it.each([
    ['changed', 'core/a.ts'],
    ['new', 'service/new.ts'],
  ])('is not known while a file of the image is %s and not committed', async (_how, path) => {
    write(path, 'not committed');
    const answer = await intended();
    expect(answer).toMatchObject({ ok: false, reason: expect.stringContaining('not committed') });
    expect(answer).toMatchObject({ reason: expect.stringContaining(path.split('/')[0] ?? '') });
  });

  it('is known while only other files are changed', async () => {
    write('docs/page.md', 'not committed');
    expect(await intended()).toMatchObject({ ok: true, value: { commit: first } });
  });

  it('is not known in a shallow checkout, which has no history of its files', async () => {
    commit('docs/page.md', 'later');
    const clone = mkdtempSync(join(base, 'clone-'));
    gitIn(clone, 'clone', '-q', '--depth', '1', `file://${folder}`, '.');
    expect(await checkoutOf(clone).intended()).toEqual({
      ok: false,
      reason: expect.stringContaining('git fetch --unshallow'),
    });
  });

  it('is not known outside of a checkout, nor for files that git does not have', async () => {
    const plain = mkdtempSync(join(base, 'plain-'));
    expect(await checkoutOf(plain).intended()).toEqual({ ok: false, reason: 'this is no git checkout' });
    const empty = mkdtempSync(join(base, 'empty-'));
    gitIn(empty, 'init', '-q');
    gitIn(empty, 'commit', '-q', '--allow-empty', '-m', 'nothing');
    expect(await checkoutOf(empty).intended()).toEqual({
      ok: false,
      reason: "git knows no commit of the image's files here",
    });
  });

  it('is not known where there is no git', async () => {
    const { PATH } = process.env;
    process.env.PATH = base;
    try {
      expect(await intended()).toEqual({ ok: false, reason: 'git is not installed here' });
    } finally {
      process.env.PATH = PATH;
    }
  });

  it('leaves the checkout as it is', async () => {
    // A time that differs is what git would note in its index.
    utimesSync(join(folder, 'core/a.ts'), 1, 1);
    const index = join(folder, '.git', 'index');
    const before = readFileSync(index);
    await intended();
    expect(readFileSync(index).equals(before)).toBe(true);
  });
});

describe('a commit that runs', () => {
  it('is the same, whole or shortened', async () => {
    expect(await relation(first, first)).toBe('same files');
    expect(await relation(first.slice(0, 8), first)).toBe('same files');
  });

  it('is older or newer than the one that is meant to', async () => {
    const second = commit('core/a.ts', '2');
    expect(await relation(first, second)).toBe('older');
    expect(await relation(second, first)).toBe('newer');
  });

  it('is as good as another with the same files: of a page, or of a revert', async () => {
    const page = commit('docs/page.md', 'not in the image');
    expect(await relation(page, first)).toBe('same files');
    commit('core/a.ts', '2');
    const reverted = commit('core/a.ts', '1');
    expect(await intended()).toMatchObject({ value: { commit: reverted } });
    expect(await relation(first, reverted)).toBe('same files');
  });

  it('is of another branch when neither contains the other', async () => {
    git('checkout', '-q', '-b', 'branch');
    const branch = commit('core/a.ts', 'branch');
    git('checkout', '-q', 'main');
    const main = commit('core/a.ts', 'main');
    expect(await relation(branch, main)).toBe('apart');
  });

  it('is not known when the checkout does not have it', async () => {
    expect(await relation('0123456789abcdef0123456789abcdef01234567', first)).toBe('not known here');
  });

  it('is found from the folder of the project, where that is a part of a larger repository', async () => {
    write('project/core/a.ts', '1');
    git('add', '-A');
    git('commit', '-q', '-m', 'a part');
    const whole = git('rev-parse', 'HEAD');
    const part = checkoutOf(join(folder, 'project'));
    const outside = commit('core/a.ts', 'of the larger one');
    expect(await part.intended()).toMatchObject({ value: { commit: whole } });
    expect(await part.relation(outside, whole)).toBe('same files');
  });
});
