import { runCommand } from './child-command.ts';
import type { Foundation } from './foundation.ts';
import { bundledFunctions, createFunctionProcess, hasVariable, readFunction } from './lambda/index.ts';
import { projectRoot } from './project.ts';
import { migrationContainer } from './tasks.ts';
import type { Assembly } from './template/index.ts';
import { region } from './template/index.ts';

/** Runs the bootstrap function, as its trigger does in a deployment. */
const bootstrap = async (
  assembly: Assembly,
  { resolve, environment }: Foundation,
  progress: (line: string) => void,
): Promise<void> => {
  const found = bundledFunctions(assembly).filter((one) => hasVariable(one, 'DATABASE_MASTER_SECRET_ID'));
  const [resource] = found;
  if (!resource || found.length > 1)
    throw new Error(
      `The template has ${found.length} functions with DATABASE_MASTER_SECRET_ID; the twin runs one as bootstrap.`,
    );
  const handler = createFunctionProcess(readFunction(resource, resolve), environment);
  try {
    const { error, lines, durationMs } = await handler.invoke({});
    if (error) throw new Error(`Bootstrap failed: ${error.message}\n${lines.join('\n')}`);
    progress(`bootstrap: roles, database and grants created (${Math.round(durationMs)} ms)`);
  } finally {
    await handler.stop();
  }
};

/** Runs the migration with the environment that its task would have. */
const migrate = async (
  assembly: Assembly,
  { resolve, secrets, environment: twin }: Foundation,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> => {
  const { environment, container } = migrationContainer(assembly, resolve, secrets);
  await runCommand({
    args: ['bin/migrate.ts'],
    cwd: projectRoot,
    env: { PATH: process.env.PATH, AWS_REGION: region, ...environment, ...twin },
    signal,
  });
  progress(`migration: ${container} ended`);
};

/** What a deployment does between the database and the service: bootstrap, then the migration. */
export const deploy = async (
  assembly: Assembly,
  foundation: Foundation,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> => {
  await bootstrap(assembly, foundation, progress);
  signal.throwIfAborted();
  await migrate(assembly, foundation, progress, signal);
};
