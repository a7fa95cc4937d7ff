import type { Assembly, Stack, TemplateResource } from './assembly.ts';

/** What references stand for: the answers that AWS would give. `undefined` means not known. */
export interface ReferenceValues {
  /** `Ref` gives the attribute `Ref`. */
  attribute(resource: TemplateResource, attribute: string, resolve: Resolve): unknown;
  /** `AWS::Region` and the like. */
  pseudo(name: string, stack: Stack): unknown;
  /** What stands between `{{resolve:` and `}}`. */
  dynamic(reference: string): string | undefined;
}

/** Replaces every intrinsic function in a value of `stack`'s template. */
export type Resolve = (value: unknown, stack: Stack) => unknown;

/** A reference that the twin cannot answer: a mistake in the template, or something the twin must learn. */
export class UnresolvedReference extends Error {
  override name = 'UnresolvedReference';
}

type Argument = unknown;
type Intrinsic = (argument: Argument, stack: Stack) => unknown;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => JSON.stringify(value);

const list = (value: unknown, name: string): unknown[] => {
  if (Array.isArray(value)) return value;
  throw new UnresolvedReference(`${name} takes a list, not ${shown(value)}.`);
};

const scalar = (value: unknown, name: string): string => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  throw new UnresolvedReference(`${name} joins texts, not ${shown(value)}.`);
};

export const createResolver = (assembly: Assembly, values: ReferenceValues): Resolve => {
  const refer = (logicalId: string, attribute: string, stack: Stack): unknown => {
    const what = attribute === 'Ref' ? `Ref ${logicalId}` : `Fn::GetAtt ${logicalId}.${attribute}`;
    const parameter = stack.parameters[logicalId];
    if (attribute === 'Ref' && parameter) {
      if (parameter.Default === undefined || parameter.Type.startsWith('AWS::SSM::'))
        throw new UnresolvedReference(
          `${stack.name}: ${what}: the twin has no value for this stack parameter.`,
        );
      return parameter.Default;
    }
    const resource = stack.resources.get(logicalId);
    const value =
      resource === undefined
        ? values.pseudo(logicalId, stack)
        : values.attribute(resource, attribute, resolve);
    if (value === undefined)
      throw new UnresolvedReference(
        `${stack.name}: ${what} (${resource?.type ?? 'no such resource'}): the twin has no value for it. ` +
          'Values are given in twin/template/attributes.ts.',
      );
    return value;
  };

  const output = (stackName: string, outputName: string, from: Stack): unknown => {
    const stack = assembly.stacks.find(({ name }) => name === stackName);
    const found = stack?.outputs[outputName];
    if (!stack || !found)
      throw new UnresolvedReference(
        `${from.name}: Fn::GetStackOutput: no output ${outputName} in stack ${stackName}; ` +
          `stacks: ${assembly.stacks.map(({ name }) => name).join(', ')}.`,
      );
    return resolve(found.Value, stack);
  };

  const substitute = (text: string, variables: Record<string, unknown>, stack: Stack): string =>
    text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in variables) return scalar(resolve(variables[name], stack), `Fn::Sub ${name}`);
      const [logicalId = name, ...attribute] = name.split('.');
      return scalar(refer(logicalId, attribute.join('.') || 'Ref', stack), `Fn::Sub ${name}`);
    });

  const intrinsics: Record<string, Intrinsic> = {
    Ref: (name, stack) => refer(String(name), 'Ref', stack),
    'Fn::GetAtt': (argument, stack) => {
      const [logicalId = '', ...attribute] = Array.isArray(argument)
        ? argument.map(String)
        : String(argument).split('.');
      return refer(logicalId, attribute.join('.'), stack);
    },
    'Fn::Join': (argument, stack) => {
      const [separator, parts] = list(argument, 'Fn::Join');
      return list(resolve(parts, stack), 'Fn::Join')
        .map((part) => scalar(part, 'Fn::Join'))
        .join(String(separator));
    },
    'Fn::Sub': (argument, stack) => {
      const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
      return substitute(String(text), variables as Record<string, unknown>, stack);
    },
    'Fn::Select': (argument, stack) => {
      const [index, items] = list(argument, 'Fn::Select');
      const choices = list(resolve(items, stack), 'Fn::Select');
      const choice = choices[Number(resolve(index, stack))];
      if (choice === undefined)
        throw new UnresolvedReference(`${stack.name}: Fn::Select: no item ${index} in ${shown(choices)}.`);
      return choice;
    },
    'Fn::Split': (argument, stack) => {
      const [separator, text] = list(argument, 'Fn::Split');
      return scalar(resolve(text, stack), 'Fn::Split').split(String(separator));
    },
    'Fn::ImportValue': (argument, stack) => {
      const name = resolve(argument, stack);
      for (const exporter of assembly.stacks) {
        for (const { Value: value, Export: exported } of Object.values(exporter.outputs)) {
          if (exported && resolve(exported.Name, exporter) === name) return resolve(value, exporter);
        }
      }
      throw new UnresolvedReference(`${stack.name}: Fn::ImportValue: no stack exports ${shown(name)}.`);
    },
    'Fn::GetStackOutput': (argument, stack) => {
      const { StackName: name, OutputName: outputName } = resolve(argument, stack) as Record<string, unknown>;
      // A stack is named by its name or by its ARN, …:stack/NAME/….
      return output(String(name).split(':stack/').at(-1)?.split('/')[0] ?? '', String(outputName), stack);
    },
  };

  const dynamic = (text: string, stack: Stack): string =>
    text.replaceAll(/\{\{resolve:([^}]+)\}\}/g, (whole, reference: string) => {
      const value = values.dynamic(reference);
      if (value === undefined)
        throw new UnresolvedReference(`${stack.name}: ${whole}: the twin has no value for it.`);
      return value;
    });

  const resolve: Resolve = (value, stack) => {
    if (typeof value === 'string') return value.includes('{{resolve:') ? dynamic(value, stack) : value;
    if (Array.isArray(value)) return value.map((item) => resolve(item, stack));
    if (!isRecord(value)) return value;
    const [key, ...others] = Object.keys(value);
    if (key !== undefined && others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'))) {
      const intrinsic = intrinsics[key];
      if (!intrinsic)
        throw new UnresolvedReference(
          `${stack.name}: the twin does not know ${key}; it knows ${Object.keys(intrinsics).join(', ')}.`,
        );
      const result = intrinsic(value[key], stack);
      return typeof result === 'string' ? resolve(result, stack) : result;
    }
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolve(item, stack)]));
  };
  return resolve;
};
