import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Assembly,
  createResolver,
  type Properties,
  type Resolve,
  readAssembly,
  referenceValues,
} from '../../twin/template/index.ts';

interface FixtureStack {
  Resources?: Record<string, { Type: string; Properties?: Properties }>;
  Outputs?: Properties;
  Parameters?: Properties;
}

export interface Fixture {
  assembly: Assembly;
  resolve: Resolve;
  directory: string;
  remove(): void;
}

/** A cloud assembly in a temporary directory, laid out as `cdk synth` does. */
export const createFixture = (
  stacks: Record<string, FixtureStack>,
  /** Bundles by the object key of their asset: the text of `index.mjs`. */
  bundles: Record<string, string> = {},
): Fixture => {
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-fixture-'));
  const write = (name: string, value: unknown): void =>
    writeFileSync(join(directory, name), typeof value === 'string' ? value : JSON.stringify(value));
  const artifacts: Properties = {};
  const files: Properties = {};
  for (const [key, text] of Object.entries(bundles)) {
    const folder = `asset.${key}`;
    mkdirSync(join(directory, folder));
    write(join(folder, 'index.mjs'), text);
    files[key] = {
      source: { path: folder, packaging: 'zip' },
      destinations: { here: { objectKey: `${key}.zip` } },
    };
  }
  for (const [name, stack] of Object.entries(stacks)) {
    write(`${name}.template.json`, stack);
    write(`${name}.assets.json`, { files });
    artifacts[name] = {
      type: 'aws:cloudformation:stack',
      properties: { templateFile: `${name}.template.json`, stackName: `fixture-${name}` },
    };
  }
  write('manifest.json', { artifacts });
  const assembly = readAssembly(directory);
  const addresses = {
    postgres: { host: 'localhost', port: 55432 },
    mlflow: 'http://localhost:5001',
    auth: 'http://localhost:5002',
  };
  return {
    assembly,
    resolve: createResolver(
      assembly,
      referenceValues(addresses, () => undefined),
    ),
    directory,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};
