import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { faultNames } from '../../twin/faults/index.ts';
import { root, withExample } from './example.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

describe('the README', () => {
  it('gives the two commands on its first screen', () => {
    const firstScreen = readme.split('\n').slice(0, 12).join('\n');
    expect(firstScreen).toContain('npm ci && npm start');
    expect(firstScreen).toContain('npm ci && npm test');
  });

  it('names only commands that exist', () => {
    const named = [...readme.matchAll(/npm run (?:-s )?([a-z:-]+)/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('links only to what exists', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, path]) => path ?? '');
    expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names every fault of the twin', () => {
    expect(faultNames.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('names every folder that there is', () => {
    const folders = readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .filter((name) => !['node_modules', 'cdk.out', 'coverage'].includes(name));
    expect(folders.filter((name) => !readme.includes(`\`${name}/\``))).toEqual([]);
  });

  it('has an example that synthesizes a probe with its alarms on what exists', () => {
    withExample(readme, (folder) => {
      execFileSync(join(root, 'node_modules/.bin/node'), ['watch.ts'], { cwd: folder, stdio: 'pipe' });
      const template = JSON.parse(readFileSync(join(folder, 'out/Watch.template.json'), 'utf8'));
      const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
      expect(types).toEqual(expect.arrayContaining(['AWS::Lambda::Function', 'AWS::Events::Rule']));
      expect(types.filter((type) => type === 'AWS::CloudWatch::Alarm')).toHaveLength(6);
      expect(types.filter((type) => type === 'AWS::CloudWatch::CompositeAlarm')).toHaveLength(1);
    });
  });
});
