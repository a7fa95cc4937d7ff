import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { bundleOf } from '../../lib/bundles.ts';
import { projectRoot } from '../../lib/project-root.ts';

const functions = readdirSync(join(projectRoot, 'lambdas'));
// Outside the project nothing can be resolved that is not in the bundle.
const elsewhere = mkdtempSync(join(tmpdir(), 'breakwater-elsewhere-'));
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

test.each(functions)('the bundle of %s loads by itself and exports a handler', (name) => {
  const copy = join(elsewhere, name);
  cpSync(bundleOf(name), copy, { recursive: true });
  const script = `const { handler } = await import(${JSON.stringify(join(copy, 'index.mjs'))}); console.log(typeof handler);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, AWS_REGION: 'us-east-1' },
  });
  expect(output.trim()).toBe('function');
});

test.each(functions)('the bundle of %s has a source map that names files inside the project', (name) => {
  expect(existsSync(join(bundleOf(name), 'index.mjs.map'))).toBe(true);
  const { sources } = JSON.parse(readFileSync(join(bundleOf(name), 'index.mjs.map'), 'utf8'));
  expect(sources).toContain(`../../../lambdas/${name}/handler.ts`);
});
