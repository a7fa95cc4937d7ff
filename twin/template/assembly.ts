import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Properties = Record<string, unknown>;

/** One resource of a synthesized template, as written: references are not resolved. */
export interface TemplateResource {
  logicalId: string;
  type: string;
  properties: Properties;
  stack: Stack;
}

export interface Stack {
  /** Name of the stack when deployed. */
  name: string;
  resources: Map<string, TemplateResource>;
  outputs: Record<string, { Value: unknown; Export?: { Name: unknown } }>;
  parameters: Record<string, { Type: string; Default?: string }>;
  /** Directories of the file assets by object key. */
  assets: Map<string, string>;
}

/** What `synth` wrote: every stack of one environment. */
export interface Assembly {
  directory: string;
  stacks: Stack[];
  /** Every resource of a type, in the order of the stacks. */
  ofType(type: string): TemplateResource[];
}

interface Manifest {
  artifacts?: Record<
    string,
    {
      type: string;
      properties?: { templateFile?: string; stackName?: string; directoryName?: string; file?: string };
    }
  >;
}

interface Template {
  Resources?: Record<string, { Type: string; Properties?: Properties }>;
  Outputs?: Stack['outputs'];
  Parameters?: Stack['parameters'];
}

interface AssetManifest {
  files?: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>;
}

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;

const readAssets = (path: string): Map<string, string> => {
  const assets = new Map<string, string>();
  if (!existsSync(path)) return assets;
  for (const { source, destinations } of Object.values(readJson<AssetManifest>(path).files ?? {})) {
    for (const { objectKey } of Object.values(destinations)) {
      if (source.path !== undefined) assets.set(objectKey, join(dirname(path), source.path));
    }
  }
  return assets;
};

const readStack = (directory: string, name: string, templateFile: string): Stack => {
  const template = readJson<Template>(join(directory, templateFile));
  const stack: Stack = {
    name,
    resources: new Map(),
    outputs: template.Outputs ?? {},
    parameters: template.Parameters ?? {},
    assets: readAssets(join(directory, templateFile.replace(/\.template\.json$/, '.assets.json'))),
  };
  for (const [logicalId, { Type: type, Properties: properties = {} }] of Object.entries(
    template.Resources ?? {},
  )) {
    stack.resources.set(logicalId, { logicalId, type, properties, stack });
  }
  return stack;
};

const readStacks = (directory: string): Stack[] =>
  Object.entries(readJson<Manifest>(join(directory, 'manifest.json')).artifacts ?? {}).flatMap(
    ([id, { type, properties = {} }]) => {
      if (type === 'cdk:cloud-assembly' && properties.directoryName !== undefined)
        return readStacks(join(directory, properties.directoryName));
      if (type !== 'aws:cloudformation:stack' || properties.templateFile === undefined) return [];
      return [readStack(directory, properties.stackName ?? id, properties.templateFile)];
    },
  );

/** Reads a cloud assembly with the assemblies inside it. Fails when it has no stack. */
export const readAssembly = (directory: string): Assembly => {
  const stacks = readStacks(directory);
  if (stacks.length === 0) throw new Error(`${directory}/manifest.json names no stack.`);
  return {
    directory,
    stacks,
    ofType: (type) =>
      stacks.flatMap((stack) => [...stack.resources.values()].filter((resource) => resource.type === type)),
  };
};
