import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Network, networkOf, stackOf } from '../../core/network/index.ts';
import { synthesize } from '../../lib/app.ts';
import { s3Ranges } from '../../lib/constructs/network/index.ts';
import { type Environment, environmentNamed } from '../../lib/environments/index.ts';

export interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
}

export interface SynthesizedStack {
  /** As the stack is called in the code. */
  name: string;
  /** As CloudFormation calls it. */
  stack: string;
  template: { Resources: Record<string, Resource>; Outputs?: Record<string, { Value: unknown }> };
}

/** An environment of the project with somebody to tell: whom, every team decides for itself. */
export const documented = (name: string): Environment => ({
  ...environmentNamed(name),
  alerts: { page: ['on-call@example.com'], ticket: ['team@example.com'] },
});

const known = new Map<string, SynthesizedStack[]>();

const synthesizeNow = (environment: Environment): SynthesizedStack[] => {
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-docs-'));
  try {
    const { assembly } = synthesize(environment, directory);
    return assembly.stacks.map(({ id, stackName, templateFullPath }) => ({
      name: id,
      stack: stackName,
      template: JSON.parse(readFileSync(templateFullPath, 'utf8')),
    }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** The templates of a documented environment, as they would be deployed; synthesized once for all pages. */
export const synthesized = (environment: Environment): SynthesizedStack[] => {
  const found = known.get(environment.name) ?? synthesizeNow(environment);
  known.set(environment.name, found);
  return found;
};

export const networkIn = (all: readonly SynthesizedStack[]): Network =>
  networkOf(
    all.map(({ stack, template }) => stackOf(stack, template)),
    { prefixLists: { s3: s3Ranges } },
  );
