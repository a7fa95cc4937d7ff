import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { routes } from '../../twin/page/routes.ts';
import { root, withExample } from './example.ts';

const guide = readFileSync(join(root, 'docs/dashboard.md'), 'utf8');

describe('docs/dashboard.md', () => {
  it('has an example that synthesizes a dashboard on what exists', () => {
    withExample(guide, (folder) => {
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
    withExample(guide, (folder) => {
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
