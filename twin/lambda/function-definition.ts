import { existsSync } from 'node:fs';
import type { Assembly, Resolve, TemplateResource } from '../template/index.ts';

/** A function of the template, ready to run. */
export interface FunctionDefinition {
  name: string;
  arn: string;
  logicalId: string;
  /** Directory of the asset. */
  directory: string;
  /** `file.export`. */
  handler: string;
  /** Seconds; 3 where the template says nothing, as Lambda does. */
  timeout: number;
  /** MiB. */
  memory: number;
  /** The template's, references resolved. */
  environment: Record<string, string>;
}

export const functionArn = ({ logicalId, stack }: TemplateResource, resolve: Resolve): string =>
  String(resolve({ 'Fn::GetAtt': [logicalId, 'Arn'] }, stack));

/** Reads one `AWS::Lambda::Function` whose code is an asset of the assembly. */
export const readFunction = (resource: TemplateResource, resolve: Resolve): FunctionDefinition => {
  const { properties, stack, logicalId } = resource;
  const where = `${stack.name}: function ${logicalId}`;
  const property = <T>(name: string): T => resolve(properties[name], stack) as T;
  const code = properties.Code as { S3Key?: string } | undefined;
  const directory = code?.S3Key === undefined ? undefined : stack.assets.get(code.S3Key);
  if (directory === undefined || !existsSync(directory))
    throw new Error(`${where}: no asset of the assembly is its code (${JSON.stringify(code)}).`);
  const variables = property<{ Variables?: Record<string, unknown> } | undefined>('Environment')?.Variables;
  return {
    name: String(resolve({ Ref: logicalId }, stack)),
    arn: functionArn(resource, resolve),
    logicalId,
    directory,
    handler: property<string>('Handler'),
    timeout: property<number | undefined>('Timeout') ?? 3,
    memory: property<number | undefined>('MemorySize') ?? 128,
    environment: Object.fromEntries(
      Object.entries(variables ?? {}).map(([name, value]) => [name, String(value)]),
    ),
  };
};

/** Whether the template gives a function this variable; functions are found by what they are told. */
export const hasVariable = ({ properties }: TemplateResource, name: string): boolean => {
  const environment = properties.Environment as { Variables?: Record<string, unknown> } | undefined;
  return environment?.Variables?.[name] !== undefined;
};

/** Functions of ours: those with an asset that holds an ES module; CDK's own custom resources are not. */
export const bundledFunctions = (assembly: Assembly): TemplateResource[] =>
  assembly.ofType('AWS::Lambda::Function').filter(({ properties, stack }) => {
    const key = (properties.Code as { S3Key?: string } | undefined)?.S3Key;
    const directory = key === undefined ? undefined : stack.assets.get(key);
    return directory !== undefined && existsSync(`${directory}/index.mjs`);
  });
