import { join } from 'node:path';
import { runCommand } from '../child-command.ts';
import { projectRoot } from '../project.ts';
import type { Cleanups } from '../stopping.ts';

/**
 * Builds the program of the image into the twin's directory, as `service/Dockerfile` does: about a second, so
 * it runs while the servers start. Resolves to where `service.mjs` is.
 */
export const startBundling = (
  directory: string,
  { cleanups, signal }: { cleanups: Cleanups; signal: AbortSignal },
): Promise<string> => {
  const stopping = new AbortController();
  const target = join(directory, 'service');
  const bundling = runCommand({
    args: ['service/bundle.ts', target],
    cwd: projectRoot,
    env: process.env,
    signal: AbortSignal.any([signal, stopping.signal]),
  });
  cleanups.add(async () => {
    stopping.abort();
    await bundling.catch(() => undefined);
  });
  const built = bundling.then(() => target);
  // Whoever waits for it hears of a failure; until then it must not end the process.
  built.catch(() => undefined);
  return built;
};
