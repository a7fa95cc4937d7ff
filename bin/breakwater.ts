/** The CDK application: `cdk synth -c environment=NAME [-c redis=true|false]`. */
import { loadApp } from '../lib/load-app.ts';

const redisContext = (value: unknown): boolean | undefined => {
  if (value === undefined) return undefined;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new RangeError(`Context redis is '${value}'; write true or false.`);
};

try {
  const { addStacks, chooseEnvironment, createApp } = await loadApp();
  const app = createApp();
  const environment = String(app.node.tryGetContext('environment') ?? 'development');
  addStacks(app, chooseEnvironment(environment, { redis: redisContext(app.node.tryGetContext('redis')) }));
  app.synth();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
