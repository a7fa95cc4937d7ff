import { runCommand } from './child-command.ts';
import { projectRoot } from './project.ts';
import { type Assembly, readAssembly } from './template/index.ts';

export interface SynthesisOptions {
  environment: string;
  /** Where the templates go. */
  directory: string;
  /** Whether the cache is part of it, whatever the environment says. */
  redis: boolean;
  /** Settings that differ from the environment's, such as lowered deadlines. */
  settings?: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** Synthesizes one environment as `npm run synth` does, and reads what it wrote. */
export const synthesize = async ({
  environment,
  directory,
  redis,
  settings = {},
  signal,
}: SynthesisOptions): Promise<Assembly> => {
  const flag = redis ? '--redis' : '--no-redis';
  const chosen = Object.entries(settings).flatMap(([name, value]) => ['--setting', `${name}=${value}`]);
  await runCommand({
    args: ['bin/synth.ts', environment, '--out', directory, flag, ...chosen],
    cwd: projectRoot,
    env: process.env,
    signal,
  });
  return readAssembly(directory);
};
