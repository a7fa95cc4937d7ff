/**
 * Writes the templates, assets and validation report of environments.
 *   npm run synth                       every environment, into cdk.out/NAME
 *   npm run synth -- staging            these
 *   node bin/synth.ts NAME --out DIR    this one, straight into DIR
 *   --redis, --no-redis                 with the cache on or off, whatever the environment says
 *   --setting NAME=VALUE                with this setting, whatever the environment says; may be repeated
 */
import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type SettingName, settingDefinitions } from '../core/settings/index.ts';
import { environmentNames } from '../lib/environments/index.ts';
import { loadApp } from '../lib/load-app.ts';
import { projectRoot } from '../lib/project-root.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

/** `NAME=VALUE`; whether the value is right is checked where the setting is used. */
const settingOf = (text: string): [SettingName, string] => {
  const [, name = '', value = ''] = /^([A-Z_]+)=(.*)$/.exec(text) ?? [];
  if (!Object.hasOwn(settingDefinitions, name))
    throw new RangeError(
      `--setting ${text}: write NAME=VALUE with a name of docs/reference/settings.md${name === '' ? '' : `; ${name} is none`}.`,
    );
  return [name as SettingName, value];
};

const run = async (): Promise<void> => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    allowNegative: true,
    options: {
      out: { type: 'string' },
      redis: { type: 'boolean' },
      setting: { type: 'string', multiple: true, default: [] as string[] },
    },
  });
  if (values.out !== undefined && positionals.length !== 1) {
    throw new RangeError(
      `--out takes one environment; write one of ${environmentNames.join(', ')} before it.`,
    );
  }
  const settings = Object.fromEntries(values.setting.map(settingOf));
  const { chooseEnvironment, synthesize } = await loadApp();
  const names = positionals.length > 0 ? positionals : environmentNames;
  const chosen = names.map((name) => chooseEnvironment(name, { redis: values.redis, settings }));
  for (const environment of chosen) {
    const target = join(projectRoot, 'cdk.out', environment.name);
    const outdir = values.out === undefined ? target : resolve(values.out);
    if (values.out === undefined) rmSync(target, { recursive: true, force: true });
    const shown = relative(process.cwd(), outdir) || '.';
    say(`${environment.name}: synthesizing into ${shown}`);
    const start = performance.now();
    const { assembly } = synthesize(environment, outdir);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const resources = assembly.stacks.map(
      ({ id, template }) => `${id} ${Object.keys(template.Resources).length}`,
    );
    say(`${environment.name}: ${resources.join(', ')} resources; all checks passed (${seconds} s)`);
  }
};

try {
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
