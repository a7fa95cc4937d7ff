import { type Assembly, createResolver, type Resolve, referenceValues } from '../template/index.ts';
import { alarmProblems } from './alarms.ts';
import { cacheProblems } from './caches.ts';
import { dashboardProblems } from './dashboards.ts';

/** Templates with problems that AWS would find only when they are deployed, or never. */
export class TemplatesRefused extends Error {
  override name = 'TemplatesRefused';
}

/**
 * What would fail in AWS, or never work there, and what the validation of templates does not find: a sentence for
 * each, with the stack, the resource, the property, its value and what to write.
 */
export const templateProblems = (assembly: Assembly, resolve: Resolve): string[] => [
  ...alarmProblems(assembly, resolve),
  ...dashboardProblems(assembly, resolve),
  ...cacheProblems(assembly, resolve),
];

/** Answers references before any server runs: where these will be matters to none of the checks. */
export const resolveWithoutServers = (assembly: Assembly): Resolve => {
  const nowhere = { host: 'localhost', port: 1 };
  const addresses = {
    postgres: nowhere,
    redis: nowhere,
    mlflow: 'http://localhost:1',
    auth: 'http://localhost:1',
  };
  return createResolver(
    assembly,
    referenceValues(addresses, (reference) => reference),
  );
};

/** @throws TemplatesRefused with every problem */
export const refuseProblems = (assembly: Assembly): void => {
  const problems = templateProblems(assembly, resolveWithoutServers(assembly));
  if (problems.length === 0) return;
  throw new TemplatesRefused(
    `The templates have ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
  );
};
