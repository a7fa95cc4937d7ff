import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const read = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: true;
  optionalDependencies?: Record<string, string>;
  /** Comes inside the archive of another package, whose checksum covers it. */
  inBundle?: true;
}

const manifest = read('package.json') as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
  scripts: Record<string, string>;
  type: string;
};
const locked = Object.entries(read('package-lock.json').packages as Record<string, LockedPackage>).filter(
  ([path]) => path !== '',
);
const direct = { ...manifest.dependencies, ...manifest.devDependencies };
const nameOf = (path: string): string =>
  path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

describe('package.json', () => {
  it('pins every package to one version', () => {
    const loose = Object.entries(direct).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
    expect(loose).toEqual([]);
  });

  it('runs on Node 24, also where another version is installed', () => {
    expect(manifest.dependencies.node).toMatch(/^24\./);
    expect(process.version).toBe(`v${manifest.dependencies.node}`);
  });

  it('takes the CDK command line from the 2.x line, because 3.0.0 was published by mistake', () => {
    expect(direct['aws-cdk']).toMatch(/^2\./);
    expect(direct['aws-cdk-lib']).toMatch(/^2\./);
  });

  it('approves, by name, exactly the install scripts that there are', () => {
    const scripted = locked
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => nameOf(path));
    const missing = scripted.filter((name) => manifest.allowScripts[name] !== true);
    expect(missing).toEqual([]);
    const known = new Set(locked.map(([path]) => nameOf(path)));
    expect(Object.keys(manifest.allowScripts).filter((name) => !known.has(name))).toEqual([]);
  });

  it('names programs that exist', () => {
    const programs = Object.values(manifest.scripts).flatMap(
      (command) => /^(?:exec )?node (\S+\.ts)/.exec(command)?.[1] ?? [],
    );
    expect(programs.length).toBeGreaterThan(3);
    expect(programs.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  it('has a checksum for every package that is installed here, and names no registry', () => {
    expect(locked.length).toBeGreaterThan(100);
    expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    const installed = locked.filter(([path]) => existsSync(new URL(`../../${path}`, import.meta.url)));
    const unchecked = installed.filter(([, { integrity, inBundle }]) => !integrity && !inBundle);
    expect(unchecked.map(([path]) => path)).toEqual([]);
  });

  it('lists the optional packages of every platform, which npm ci insists on', () => {
    const missing = locked.flatMap(([, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !locked.some(([path]) => nameOf(path) === name)),
    );
    expect(missing).toEqual([]);
  });
});

const requirementsOf = (folder: string): string[] =>
  readFileSync(new URL(`../${folder}/requirements.txt`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

describe('requirements.txt', () => {
  it.each([
    ['mlflow', /^mlflow==3\./],
    ['sqs', /^moto\[server\]==5\./],
  ])('of test/%s pins every package to one version, what the tests are about first', (folder, first) => {
    const packages = requirementsOf(folder);
    expect(packages[0]).toMatch(first);
    expect(packages.slice(1).filter((line) => !/^[\w.-]+==\d+(\.\w+)+$/.test(line))).toEqual([]);
  });

  it('names no package in two versions: one environment has them all', () => {
    const versions = new Map<string, Set<string>>();
    for (const line of ['mlflow', 'sqs'].flatMap(requirementsOf)) {
      const [name = '', version = ''] = line.toLowerCase().replaceAll('_', '-').split('==');
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
    }
    expect([...versions].filter(([, all]) => all.size > 1)).toEqual([]);
  });
});
