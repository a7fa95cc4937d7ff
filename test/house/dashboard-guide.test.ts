import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { routes } from '../../twin/page/routes.ts';

const root = new URL('../../', import.meta.url).pathname;
const guide = readFileSync(join(root, 'docs/dashboard.md'), 'utf8');

/** The example as a program beside a checkout, as the guide says. */
const withExample = (run: (folder: string) => void): void => {
  const example = /```ts\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-guide-'));
  try {
    symlinkSync(root, join(folder, 'breakwater'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const program = `${example.replace('new App()', "new App({ outdir: 'out' })")}\napp.synth();\n`;
    writeFileSync(join(folder, 'watch.ts'), program);
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

describe('docs/dashboard.md', () => {
  it('has an example that synthesizes a dashboard on what exists', () => {
    withExample((folder) => {
      execFileSync(process.execPath, ['watch.ts'], { cwd: folder, stdio: 'pipe' });
      const template = readFileSync(join(folder, 'out/Watch.template.json'), 'utf8');
      for (const part of [
        'AWS::CloudWatch::Dashboard',
        'DatabaseConnections',
        'limit of the instance class (170)',
      ])
        expect(template).toContain(part);
      expect(template).not.toContain('AWS/ECS');
    });
  });

  it('has an example that says all that the types ask for', () => {
    withExample((folder) => {
      const config = { extends: './breakwater/tsconfig.json', include: ['watch.ts'] };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      const { stdout, status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc'], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect([stdout, status]).toEqual(['', 0]);
    });
  });

  it('names every path that the page answers', () => {
    const missing = [...Object.keys(routes), '/api/events'].filter((path) => !guide.includes(path));
    expect(missing).toEqual([]);
  });
});
