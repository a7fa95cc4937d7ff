import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type BuildOptions, build, buildSync, type OutputFile, version } from 'esbuild';
import { bundleFolder, isBuilt, store } from './bundle-cache.ts';
import { projectRoot } from './project-root.ts';

/** Output paths as if written here, so that source maps, and with them asset hashes, are the same everywhere. */
const nominalOutput = 'cdk.out/bundles';

/** CommonJS packages in an ES module still call `require` for Node's own modules. */
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

const bundlerOptions = () => {
  const functions = readdirSync(join(projectRoot, 'lambdas'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  return {
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

const filesOf = (outputs: OutputFile[]): Map<string, Uint8Array> =>
  new Map(outputs.map(({ path, contents }) => [relative(join(projectRoot, nominalOutput), path), contents]));

let bundled: string | undefined;

const prepared = () => {
  const options = bundlerOptions();
  return {
    options: { ...options, absWorkingDir: projectRoot },
    directory: bundleFolder({ version, ...options }),
  };
};

/** Builds the bundles beside other work, such as loading the CDK; without it the first use builds them. */
export const prepareBundles = async (): Promise<void> => {
  const { options, directory } = prepared();
  bundled = isBuilt(directory) ? directory : store(directory, filesOf((await build(options)).outputFiles));
};

const buildNow = (): string => {
  const { options, directory } = prepared();
  return isBuilt(directory) ? directory : store(directory, filesOf(buildSync(options).outputFiles));
};

/**
 * Folder with the bundle of a function of `lambdas/`: `index.mjs` with everything it imports, the AWS SDK
 * included, and its source map. All functions are built in one run of esbuild, and again only when a source
 * has changed.
 */
export const bundleOf = (name: string): string => {
  bundled ??= buildNow();
  return join(bundled, name);
};
