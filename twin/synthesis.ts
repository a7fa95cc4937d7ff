import { runCommand } from './child-command.ts';
import { projectRoot } from './project.ts';
import { type Assembly, readAssembly } from './template/index.ts';

export interface SynthesisOptions {
  environment: string;
  /** Where the templates go. */
  directory: string;
  /** Whether the cache is part of it, whatever the environment says. */
  redis: boolean;
  signal: AbortSignal;
}

/** Synthesizes one environment as `npm run synth` does, and reads what it wrote. */
export const synthesize = async ({
  environment,
  directory,
  redis,
  signal,
}: SynthesisOptions): Promise<Assembly> => {
  const flag = redis ? '--redis' : '--no-redis';
  await runCommand({
    args: ['bin/synth.ts', environment, '--out', directory, flag],
    cwd: projectRoot,
    env: process.env,
    signal,
  });
  return readAssembly(directory);
};
