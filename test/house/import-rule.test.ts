import { execFile } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = new URL('../../', import.meta.url).pathname;

/** A small project with our folders, so that a violation can be put into it. */
const clean: Record<string, string> = {
  'bin/app.ts': `import { face } from '../lib/part/index.ts';\nexport const app = face;\n`,
  'lib/part/index.ts': `export { face } from './inside.ts';\n`,
  'lib/part/inside.ts': `import type { Word } from '../../core/words/index.ts';\nexport const face: Word = 'x';\n`,
  'core/words/index.ts': `export type { Word } from './inside.ts';\nexport { say } from './inside.ts';\n`,
  'core/words/inside.ts': `export type Word = string;\nexport const say = (word: Word): Word => word;\n`,
  'core/settings/index.ts': 'export const settings = 1;\n',
  'core/settings/secrets-manager.ts': `import '@aws-sdk/client-secrets-manager';\nexport const fetcher = 1;\n`,
  'lambdas/one/handler.ts': `import { fetcher } from '../../core/settings/secrets-manager.ts';\nexport const handler = fetcher;\n`,
  'lambdas/two/handler.ts': `import { say } from '../../core/words/index.ts';\nexport const handler = say;\n`,
  'service/start.ts': `import { say } from '../core/words/index.ts';\nexport const start = say;\n`,
  'twin/run.ts': `import { say } from '../core/words/index.ts';\nexport const run = say;\n`,
  'test/words.test.ts': `import { say } from '../core/words/inside.ts';\nsay('x');\n`,
  'docs/generate/index.ts': `import { face } from '../../lib/part/index.ts';\nexport const page = face;\n`,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-imports-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const file of ['.dependency-cruiser.js', 'package.json']) cpSync(join(root, file), join(folder, file));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command of package.json on the small project with these files changed. */
const check = (changes: Record<string, string> = {}): Promise<{ status: number; output: string }> => {
  for (const [path, text] of Object.entries({ ...clean, ...changes })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [command, ...args] = scripts['check:imports'].split(' ');
  const node = join(root, 'node_modules/.bin/node');
  return new Promise((resolve) =>
    execFile(
      node,
      [join(root, 'node_modules/.bin', command), ...args],
      { cwd: folder },
      (error, stdout, stderr) => resolve({ status: Number(error?.code ?? 0), output: stdout + stderr }),
    ),
  );
};

describe('the import rule', () => {
  it('passes a project that keeps it', async () => {
    const { status, output } = await check();
    expect([status, output]).toEqual([0, expect.stringContaining('no dependency violations found')]);
  });

  it.each([
    ['core/words/inside.ts', `import '../../lib/part/index.ts';`, 'core-imports-nothing-of-ours'],
    [
      'core/words/inside.ts',
      `import type { face } from '../../lib/part/index.ts';`,
      'core-imports-nothing-of-ours',
    ],
    ['core/words/inside.ts', `export * from '../../lib/part/index.ts';`, 'core-imports-nothing-of-ours'],
    [
      'core/words/inside.ts',
      `export const a = () => import('../../bin/app.ts');`,
      'core-imports-nothing-of-ours',
    ],
    ['lib/part/inside.ts', `import '../../service/start.ts';`, 'lib-imports-core'],
    ['lambdas/one/handler.ts', `import '../../service/start.ts';`, 'lambdas-imports-core'],
    ['lambdas/one/handler.ts', `import '../two/handler.ts';`, 'lambdas-stand-alone'],
    ['service/start.ts', `import '../lib/part/index.ts';`, 'service-imports-core'],
    ['twin/run.ts', `import '../lib/part/index.ts';`, 'twin-imports-core'],
    [
      'docs/generate/index.ts',
      `import '../../twin/run.ts';`,
      'docs/generate-imports-core-and-lib-and-service',
    ],
    ['service/start.ts', `import '../core/words/inside.ts';`, 'core-words-through-its-index'],
    ['bin/app.ts', `import '../lib/part/inside.ts';`, 'lib-part-through-its-index'],
    ['core/words/inside.ts', `import '@aws-sdk/client-ecs';`, 'core-without-aws-sdk'],
    ['core/words/inside.ts', `import 'aws-cdk-lib/aws-ec2';`, 'cdk-only-in-lib'],
    ['twin/run.ts', `import 'aws-cdk-lib';`, 'cdk-only-in-lib'],
    ['core/words/inside.ts', `import 'fastify';`, 'core-knows-no-server'],
    ['service/start.ts', `import './nothing.ts';`, 'no-unresolvable'],
    ['core/words/inside.ts', `export { say as speak } from './index.ts';`, 'no-circles'],
  ])('catches in %s: %s', async (path, line, rule) => {
    const { status, output } = await check({ [path]: `${line}\n${clean[path]}` });
    expect(output).toMatch(new RegExp(`error ${rule}: ${dirname(path)}/`));
    expect(status).not.toBe(0);
  });
});

describe('what the import rule cannot see', () => {
  it('is not used: an import(…) of a type from another folder', () => {
    const files = globSync('{bin,lib,core,lambdas,service,twin}/**/*.ts', { cwd: root });
    expect(files.length).toBeGreaterThan(20);
    const found = files.filter((file) =>
      /(?<!await |=> )\bimport\((['"`])\.\.\//.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(found).toEqual([]);
  });
});
