import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const root = new URL('../../', import.meta.url).pathname;
export const dockerfile = readFileSync(join(root, 'service/Dockerfile'), 'utf8');

/** Paths that the Dockerfile takes from the build context. */
export const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, line]) =>
  (line ?? '').split(/\s+/).slice(0, -1),
);

/** The account of the processes: nobody, where the tests run as somebody who could become it. */
const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** What `docker build` would leave in /app, and processes as `docker run --read-only` would start them. */
export interface BuiltImage {
  directory: string;
  /** Runs Node with these arguments and with nothing else in its environment. */
  run(args: string[], env?: Record<string, string>): Running;
}

export interface Running {
  kill(signal: NodeJS.Signals): void;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>;
  /** Resolves once standard output has this text; fails when the process ends without it. */
  says(text: string): Promise<void>;
}

/** Builds with the files that the Dockerfile copies and the packages that are here. */
export const buildImage = async (
  args: Record<string, string> = {},
): Promise<BuiltImage & { dispose(): void }> => {
  const context = realpathSync(mkdtempSync(join(tmpdir(), 'breakwater-image-')));
  // Made for one account alone.
  chmodSync(context, 0o755);
  const original = realpathSync(join(root, 'node_modules/.bin/node'));
  // A checkout under a home directory that only root may enter.
  const reached = spawnSync(original, ['--version'], { ...account, cwd: '/' }).status === 0;
  const node = reached ? original : join(context, 'node');
  if (!reached) copyFileSync(original, node);

  for (const path of copied) cpSync(join(root, path), join(context, path), { recursive: true });
  // A builder keeps the modes of the checkout, and a checkout may be for its owner's eyes alone.
  await promisify(execFile)('chmod', ['-R', 'go=', ...copied], { cwd: context });
  symlinkSync(join(root, 'node_modules'), join(context, 'node_modules'));
  const directory = join(context, 'app');
  const [, program = 'missing'] = /^RUN node (service\/\S+) \/app$/m.exec(dockerfile) ?? [];
  const build = dockerfile.slice(0, dockerfile.indexOf('\nRUN node '));
  const declared = [...build.matchAll(/^ARG (\w+)$/gm)].map(([, name = '']) => name);
  const given = Object.entries(args).filter(([name]) => declared.includes(name));
  // As the builder has it: files that anybody may read and only their owner may write.
  await promisify(execFile)('/bin/sh', ['-c', 'umask 022 && exec "$@"', 'sh', node, program, directory], {
    cwd: context,
    env: { PATH: process.env.PATH, ...Object.fromEntries(given) },
  });

  // Without --allow-fs-write, --allow-child-process, --allow-worker and --allow-addons: it needs none of them.
  const confinement = ['--permission', `--allow-fs-read=${directory}/*`];
  const run = (programAndArgs: string[], env: Record<string, string> = {}): Running => {
    const child = spawn(node, [...confinement, ...programAndArgs], {
      ...account,
      cwd: directory,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        output[name] += chunk;
      });
    const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }));
    const says = async (text: string): Promise<void> => {
      while (!output.stdout.includes(text)) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`it ended: ${output.stdout}${output.stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    return { kill: (signal) => child.kill(signal), ended, says };
  };
  return { directory, run, dispose: () => rmSync(context, { recursive: true, force: true }) };
};
