/** References of CloudFormation templates as names: enough to see what of a network belongs together. */

export interface TemplateResource {
  type: string;
  properties: Readonly<Record<string, unknown>>;
}

/** A template with its name when deployed, which other templates refer to. */
export interface TemplateStack {
  name: string;
  resources: ReadonlyMap<string, TemplateResource>;
  outputs: Readonly<Record<string, { Value: unknown; Export?: { Name: unknown } }>>;
}

/** A resource of any stack; its references are resolved when a property is asked for. */
export interface NamedResource {
  id: string;
  type: string;
  property<T>(name: string): T | undefined;
}

interface RawTemplate {
  Resources?: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
  Outputs?: TemplateStack['outputs'];
}

/** A template as it is written, as a stack of this name. */
export const stackOf = (name: string, { Resources = {}, Outputs = {} }: RawTemplate): TemplateStack => ({
  name,
  resources: new Map(
    Object.entries(Resources).map(([id, { Type: type, Properties: properties = {} }]) => [
      id,
      { type, properties },
    ]),
  ),
  outputs: Outputs,
});

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Resolve = (value: unknown, stack: TemplateStack) => unknown;

/** Attributes that are the id of the resource itself. */
const isIdOf = (attribute: string): boolean => /^(Id|[A-Za-z]+Id|GroupId)$/.test(attribute);

const createResolve = (
  stacks: readonly TemplateStack[],
  idOf: (stack: string, logicalId: string) => string,
): Resolve => {
  const attribute = (logicalId: string, name: string, stack: TemplateStack): unknown => {
    const resource = stack.resources.get(logicalId);
    const id = resource ? idOf(stack.name, logicalId) : logicalId;
    if (name === 'Ref' || isIdOf(name)) return id;
    return resource && name in resource.properties
      ? resolve(resource.properties[name], stack)
      : `${id}.${name}`;
  };
  const output = (value: unknown, stack: TemplateStack): unknown => {
    const { StackName: stackName, OutputName: name } = resolve(value, stack) as Record<string, string>;
    const other = stacks.find((candidate) => candidate.name === stackName);
    const found = other?.outputs[name ?? ''];
    if (!other || !found) throw new RangeError(`${stack.name}: stack ${stackName} has no output ${name}.`);
    return resolve(found.Value, other);
  };
  const exported = (value: unknown, stack: TemplateStack): unknown => {
    const name = resolve(value, stack);
    for (const other of stacks)
      for (const { Value, Export } of Object.values(other.outputs))
        if (Export && resolve(Export.Name, other) === name) return resolve(Value, other);
    throw new RangeError(`${stack.name}: no stack exports ${name}.`);
  };
  const intrinsics: Record<string, Resolve> = {
    Ref: (name, stack) => attribute(String(name), 'Ref', stack),
    'Fn::GetAtt': (argument, stack) => {
      const [logicalId = '', ...name] = Array.isArray(argument)
        ? argument.map(String)
        : String(argument).split('.');
      return attribute(logicalId, name.join('.'), stack);
    },
    'Fn::Join': (argument, stack) => {
      const [separator, parts] = resolve(argument, stack) as [string, unknown[]];
      return parts.join(separator);
    },
    'Fn::Sub': (argument, stack) =>
      String(argument).replaceAll(/\$\{([^}!]+)\}/g, (_, name: string) => {
        const [logicalId = '', ...rest] = name.split('.');
        return String(attribute(logicalId, rest.join('.') || 'Ref', stack));
      }),
    'Fn::Select': (argument, stack) => {
      const [index, list] = resolve(argument, stack) as [string | number, unknown];
      return Array.isArray(list) ? list[Number(index)] : `${list}[${index}]`;
    },
    'Fn::GetAZs': () => 'zones of the region',
    'Fn::GetStackOutput': output,
    'Fn::ImportValue': exported,
  };
  const resolve: Resolve = (value, stack) => {
    if (Array.isArray(value)) return value.map((item) => resolve(item, stack));
    if (!isRecord(value)) return value;
    const [key, ...others] = Object.keys(value);
    if (key !== undefined && others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'))) {
      const intrinsic = intrinsics[key];
      if (!intrinsic)
        throw new RangeError(
          `${stack.name}: ${key} is not understood in a network; it may use ${Object.keys(intrinsics).join(', ')}.`,
        );
      return intrinsic(value[key], stack);
    }
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolve(item, stack)]));
  };
  return resolve;
};

/**
 * Every resource of all stacks.
 * @param idOf what a reference to a resource stands for
 * @throws RangeError, when a property is asked for, for a reference that leads nowhere or is not understood
 */
export const resourcesOf = (
  stacks: readonly TemplateStack[],
  idOf: (stack: string, logicalId: string) => string,
): NamedResource[] => {
  const resolve = createResolve(stacks, idOf);
  return stacks.flatMap((stack) =>
    [...stack.resources].map(([logicalId, { type, properties }]) => ({
      id: idOf(stack.name, logicalId),
      type,
      property: <T>(name: string) => resolve(properties[name], stack) as T | undefined,
    })),
  );
};
