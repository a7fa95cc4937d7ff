import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addStacks, chooseEnvironment, createApp } from '../../../lib/app.ts';
import { type Environment, environmentNames } from '../../../lib/environments/index.ts';
import { scratch } from './scratch.ts';

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape
export type Json = any;

export interface Resource {
  Type: string;
  Properties: Json;
  DependsOn?: string[];
  DeletionPolicy?: string;
}

export interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: Json }>;
}

export interface Synthesized {
  environment: Environment;
  /** Where the assembly lies. */
  directory: string;
  templates: Record<'Data' | 'Service' | 'Observability', Template>;
  /** Content of Service.assets.json. */
  serviceAssets: Json;
  /** Content of validation-report.json. */
  report: Json;
  /** Ids acknowledged, each with the path of the construct: `path id`. */
  acknowledged: string[];
  reasons: string[];
  /** What is said of it at synthesis and keeps nothing from being deployed. */
  warnings: string[];
  terminationProtection: boolean;
}

const synthesizeOnce = (environment: Environment): Synthesized => {
  const outdir = scratch();
  const app = createApp(outdir);
  const { data } = addStacks(app, environment);
  const assembly = app.synth();
  const read = (file: string): Json => JSON.parse(readFileSync(join(outdir, file), 'utf8'));
  const acknowledgements = app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === 'aws:cdk:acknowledged-rules')
      .flatMap(({ data: rules }) => Object.entries(rules as Record<string, string>))
      .map(([id, reason]) => ({ id: `${node.path} ${id}`, reason })),
  );
  return {
    environment,
    directory: outdir,
    templates: {
      Data: read('Data.template.json'),
      Service: read('Service.template.json'),
      Observability: read('Observability.template.json'),
    },
    serviceAssets: read('Service.assets.json'),
    report: read('validation-report.json'),
    // CDK itself accepts hard-coded zones, which it wrote; those are not ours.
    acknowledged: acknowledgements.map(({ id }) => id).filter((id) => id.includes('AwsSolutions')),
    reasons: acknowledgements.map(({ reason }) => reason),
    warnings: assembly.stacks.flatMap(({ messages }) => messages.map(({ entry }) => String(entry.data))),
    terminationProtection: data.terminationProtection ?? false,
  };
};

const plain = chooseEnvironment('development');

/**
 * Development with the choices that no environment makes: another image, no traces, a certificate by its ARN, a
 * trail that is there already.
 */
const otherwise: Environment = {
  ...plain,
  service: {
    ...plain.service,
    image: 'registry.example.com/team/api:1.2.3',
    tracing: false,
    certificate: { arn: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d' },
  },
  alerts: {
    page: ['on-call@example.com'],
    ticket: ['team@example.com'],
    webhookSecret: 'hokusai/development/chat-webhook',
    runbooks: 'https://git.example.com/team/breakwater',
  },
  audit: { trail: 'organization' },
};

/** Every environment as it is, development with the cache on, which the twin runs, and the other choices. */
export const synthesized: Readonly<Record<string, Synthesized>> = Object.fromEntries([
  ...environmentNames.map((name) => [name, synthesizeOnce(chooseEnvironment(name))] as const),
  ['development with the cache', synthesizeOnce(chooseEnvironment('development', { redis: true }))] as const,
  ['development with other choices', synthesizeOnce(otherwise)] as const,
]);

/** What is said of development with a chat and no address. */
export const warningsOfChatAlone = synthesizeOnce({
  ...plain,
  alerts: { page: [], ticket: [], webhookSecret: 'hokusai/development/chat-webhook' },
}).warnings;

export const cases = Object.entries(synthesized);

/** Resources of a type in a template, with their logical ids. */
export const resourcesOf = (template: Template, type: string): (Resource & { id: string })[] =>
  Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, resource]) => ({ id, ...resource }));

/** The only resource of a type. */
export const theOne = (template: Template, type: string): Resource & { id: string } => {
  const [first, ...others] = resourcesOf(template, type);
  if (!first || others.length > 0)
    throw new Error(`Expected one ${type}, found ${others.length + (first ? 1 : 0)}.`);
  return first;
};

/** What a reference to another stack's output refers to, in that stack's own words. */
export const dereferenced = ({ templates, environment }: Synthesized, value: Json): Json => {
  const reference = value?.['Fn::GetStackOutput'];
  if (!reference) return value;
  const prefix = `${environment.project}-${environment.name}-`;
  const names = { data: 'Data', service: 'Service', observability: 'Observability' } as const;
  const name = names[reference.StackName.slice(prefix.length) as keyof typeof names];
  return templates[name].Outputs?.[reference.OutputName]?.Value;
};
