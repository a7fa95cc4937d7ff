import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { projectRoot } from '../../lib/project-root.ts';

const folder = mkdtempSync(join(tmpdir(), 'breakwater-synth-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) =>
  spawnSync(process.execPath, [join(projectRoot, 'bin', 'synth.ts'), ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });

describe('npm run synth', () => {
  test('writes templates, assets and the report of one environment into a folder, cache on', () => {
    const out = join(folder, 'twin');
    const { status, stdout, stderr } = run('development', '--out', out, '--redis');
    expect(status).toBe(0);
    // Its file has no recipients, and that is all there is to say.
    expect(stderr.match(/^(WARNING|ERROR) .*/gm)).toEqual([
      expect.stringContaining('Nobody is paged: alerts.page of development names no address'),
    ]);
    expect(stdout).toMatch(/development: synthesizing[\s\S]*all checks passed/);
    for (const file of ['Data', 'Service', 'Observability'].map((name) => `${name}.template.json`)) {
      expect(existsSync(join(out, file))).toBe(true);
    }
    expect(existsSync(join(out, 'validation-report.json'))).toBe(true);
    expect(readdirSync(out).some((name) => name.startsWith('asset.'))).toBe(true);
  });

  test.each([
    [['nowhere'], "Unknown environment 'nowhere'. Known: development, staging, production.\n"],
    [
      ['--out', folder],
      '--out takes one environment; write one of development, staging, production before it.\n',
    ],
  ])('%j is answered with one line and a failure', (args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: message });
  });
});
