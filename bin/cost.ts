/**
 * What watching each environment costs a month, from its templates.
 *   npm run -s cost                               every environment
 *   npm run -s cost -- --environment production   this one
 *   --json                                        for machines
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { accountOf, formatAccount, formatPrices, prices } from '../lib/cost/index.ts';
import { type Environment, environmentNamed, environmentNames } from '../lib/environments/index.ts';
import { loadApp } from '../lib/load-app.ts';

const usage = `usage: npm run -s cost -- [--environment ${environmentNames.join('|')}] [--json]`;

const readArguments = (): { environments: Environment[]; json: boolean } => {
  const { environment, json = false } = parseArgs({
    options: { environment: { type: 'string' }, json: { type: 'boolean' } },
  }).values;
  const names = environment === undefined ? environmentNames : [environment];
  return { environments: names.map(environmentNamed), json };
};

const accounts = async (environments: readonly Environment[]) => {
  const { synthesize } = await loadApp();
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-cost-'));
  try {
    return environments.map((environment) => {
      const { assembly, stacks } = synthesize(environment, join(directory, environment.name));
      const { template } = assembly.getStackArtifact(stacks.observability.artifactId);
      return accountOf(environment, template);
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const main = async (): Promise<void> => {
  let wanted: ReturnType<typeof readArguments>;
  try {
    wanted = readArguments();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${usage}\n`);
    process.exitCode = 2;
    return;
  }
  const found = await accounts(wanted.environments);
  const text = wanted.json
    ? JSON.stringify({ environments: found, prices })
    : [...found.map(formatAccount), formatPrices(found)].join('\n\n\n');
  process.stdout.write(`${text}\n`);
};

main().catch((error: unknown) => {
  process.stderr.write(`the account could not be made: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 2;
});
