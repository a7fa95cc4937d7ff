import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { type BuildOptions, build, buildSync, type OutputFile } from 'esbuild';
import { projectRoot } from './project-root.ts';

/** Output paths as if written here, so that source maps, and with them asset hashes, are the same everywhere. */
const nominalOutput = join(projectRoot, 'cdk.out', 'bundles');

/** CommonJS packages in an ES module still call `require` for Node's own modules. */
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

const options = () => {
  const functions = readdirSync(join(projectRoot, 'lambdas'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  return {
    absWorkingDir: projectRoot,
    entryPoints: Object.fromEntries(functions.map((name) => [`${name}/index`, `lambdas/${name}/handler.ts`])),
    outdir: nominalOutput,
    outExtension: { '.js': '.mjs' },
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'error',
    // Optional native driver of pg, which it looks for and does without.
    external: ['pg-native'],
    banner: { js: banner },
  } as const satisfies BuildOptions;
};

const written = ({ outputFiles }: { outputFiles: OutputFile[] }): string => {
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-bundles-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  for (const { path, contents } of outputFiles) {
    const target = resolve(directory, relative(nominalOutput, path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, contents);
  }
  return directory;
};

let bundled: string | undefined;

/** Builds the bundles beside other work, such as loading the CDK; without it the first use builds them. */
export const prepareBundles = async (): Promise<void> => {
  bundled ??= written(await build(options()));
};

/**
 * Folder with the bundle of a function of `lambdas/`: `index.mjs` with everything it imports, the AWS SDK
 * included, and its source map. All functions are built in one run of esbuild, once per process.
 */
export const bundleOf = (name: string): string => {
  bundled ??= written(buildSync(options()));
  return join(bundled, name);
};
