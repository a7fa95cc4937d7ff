import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib/core';
// The pack alone: the package's entry point loads every other pack too.
import { AwsSolutionsChecks } from 'cdk-nag/lib/packs/aws-solutions.js';
import { NetworkPathCheck } from './constructs/network/index.ts';
import { type Environment, environmentNamed } from './environments/index.ts';
import { projectRoot } from './project-root.ts';
import { DataStack, ObservabilityStack, ServiceStack } from './stacks/index.ts';

/** Feature flags; they stand where the command line looks for them too. */
const flags = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(projectRoot, 'cdk.json'), 'utf8')).context;

/**
 * An application with the project's feature flags and checks, still without stacks.
 * @param outdir where the templates go; unless given, where the command line says
 */
export const createApp = (outdir?: string): App => {
  const app = new App({
    context: flags(),
    // Where a construct was made is looked up only for whoever debugs: it costs a tenth of the synthesis.
    stackTraces: process.env.CDK_DEBUG === 'true',
    // Every template would carry a resource that changes with each version of the library.
    analyticsReporting: false,
    ...(outdir && { outdir }),
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
};

/**
 * Adds the three stacks of one environment.
 * @throws RangeError for a wrong setting, parameter, upstream or connection budget
 */
export const addStacks = (app: App, environment: Environment) => {
  Validations.of(app).addPlugins(new NetworkPathCheck(environment));
  const data = new DataStack(app, 'Data', environment);
  const service = new ServiceStack(app, 'Service', environment, data);
  const observability = new ObservabilityStack(app, 'Observability', environment, data, service);
  return { data, service, observability };
};

/** What differs from the environment's own file. */
export interface Choices {
  /** The cache on or off. Events go through the cache where it is turned on, and through the queue where it is turned off. */
  redis?: boolean | undefined;
  /** Settings of the tasks and probes. */
  settings?: Environment['settings'];
}

/** The environment of this name, with what is chosen in place of what its file says. */
export const chooseEnvironment = (name: string, { redis, settings = {} }: Choices = {}): Environment => {
  const environment = environmentNamed(name);
  const { cache } = environment;
  const other = redis !== undefined && redis !== cache.enabled;
  return {
    ...environment,
    ...(other && { cache: { ...cache, enabled: redis } }),
    settings: {
      ...environment.settings,
      ...(other && { MESSAGE_QUEUE_TYPE: redis ? 'redis' : 'sqs' }),
      ...settings,
    },
  };
};

/**
 * Writes templates, assets and `validation-report.json` of one environment into a folder.
 * @throws when a setting is wrong or a check finds something; CDK has printed the findings then
 */
export const synthesize = (environment: Environment, outdir: string) => {
  const app = createApp(outdir);
  const stacks = addStacks(app, environment);
  return { app, stacks, assembly: app.synth() };
};
