import { development } from './development.ts';
import type { Environment, EnvironmentName } from './environment.ts';
import { production } from './production.ts';
import { staging } from './staging.ts';

export {
  dependenciesOf,
  discoveryDomain,
  type Egress,
  type Environment,
  type EnvironmentName,
  prefixOf,
} from './environment.ts';

const environments: Readonly<Record<EnvironmentName, Environment>> = { development, staging, production };

export const environmentNames = Object.keys(environments) as EnvironmentName[];

/**
 * The environment of this name.
 * @throws RangeError listing the known names when there is none
 */
export const environmentNamed = (name: string): Environment => {
  const known = environmentNames.find((candidate) => candidate === name);
  if (!known) {
    throw new RangeError(`Unknown environment '${name}'. Known: ${environmentNames.join(', ')}.`);
  }
  return environments[known];
};
