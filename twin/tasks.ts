import type { SecretStore } from './aws/index.ts';
import type { Assembly, Resolve, TemplateResource } from './template/index.ts';

/** One container of a task definition, as its process would see it. */
export interface ContainerEnvironment {
  taskDefinition: string;
  container: string;
  environment: Record<string, string>;
}

/** What the twin reads of a container definition. */
export interface ContainerDefinition {
  Name: string;
  Command?: string[];
  /** Seconds. */
  StopTimeout?: number;
  Environment?: { Name: string; Value: unknown }[];
  Secrets?: { Name: string; ValueFrom: unknown }[];
}

/** The value behind `ValueFrom`: the ARN of a secret, followed by `:KEY:STAGE:VERSION` for one key of it. */
export const secretValue = (secrets: SecretStore, valueFrom: string): string => {
  const [, arn = '', key] =
    /^(arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::([^:]*):[^:]*:[^:]*)?$/.exec(valueFrom) ?? [];
  const secret = secrets.find(arn);
  if (!secret) throw new Error(`No secret is behind ${valueFrom}.`);
  if (!key) return secret.value;
  const value = (JSON.parse(secret.value) as Record<string, unknown>)[key];
  if (value === undefined) throw new Error(`Secret ${secret.name} has no key ${key}.`);
  return String(value);
};

export const containersOf = ({ properties }: TemplateResource): ContainerDefinition[] =>
  (properties.ContainerDefinitions ?? []) as ContainerDefinition[];

/** The environment and secrets of a container, references resolved. */
export const environmentOfContainer = (
  taskDefinition: TemplateResource,
  { Name: container, Environment: environment = [], Secrets: wanted = [] }: ContainerDefinition,
  resolve: Resolve,
  secrets: SecretStore,
): ContainerEnvironment => {
  const { stack, logicalId } = taskDefinition;
  const text = (value: unknown): string => String(resolve(value, stack));
  return {
    taskDefinition: text({ Ref: logicalId }),
    container,
    environment: Object.fromEntries([
      ...environment.map(({ Name: name, Value: value }) => [name, text(value)]),
      ...wanted.map(({ Name: name, ValueFrom: from }) => [name, secretValue(secrets, text(from))]),
    ]),
  };
};

/** The container of the one-shot task that migrates: the one whose command says so, outside of any service. */
export const migrationContainer = (
  assembly: Assembly,
  resolve: Resolve,
  secrets: SecretStore,
): ContainerEnvironment => {
  const found = assembly.ofType('AWS::ECS::TaskDefinition').flatMap((taskDefinition) =>
    containersOf(taskDefinition)
      .filter(({ Name, Command }) => /migrat/.test([Name, ...(Command ?? [])].join(' ')))
      .map((container) => ({ taskDefinition, container })),
  );
  const [only] = found;
  if (!only || found.length > 1)
    throw new Error(
      `The template has ${found.length} containers whose name or command says that they migrate; the twin runs exactly one.`,
    );
  return environmentOfContainer(only.taskDefinition, only.container, resolve, secrets);
};
