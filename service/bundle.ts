/**
 * Bundles the two programs of the image: `node service/bundle.ts DIRECTORY` writes service.mjs, migrate.mjs,
 * the parts that they share or load later, and the migrations there. They need nothing else but Node.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildInfoFile, collectBuildInfo } from './build-info.ts';
import { migrationsDirectory } from './migration/migrate.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function bundleService(directory: string): Promise<void> {
  await build({
    entryPoints: { service: here('entry/service.ts'), migrate: here('entry/migrate.ts') },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // What is imported when it is needed, the SDKs of AWS and of OpenTelemetry, costs a start without it
    // neither time nor memory. All parts stand in one folder: they look for their files beside themselves.
    splitting: true,
    // Some dependencies are CommonJS and call require at run time, which an ES module does not have.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    // Optional: pg falls back to its own implementation, migrations are SQL files, the API is described in JSON.
    external: ['pg-native'],
    alias: { jiti: here('migration/no-jiti.ts'), yaml: here('openapi/no-yaml.ts') },
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
  });
  writeFileSync(`${directory}/${buildInfoFile}`, JSON.stringify(collectBuildInfo()));
  mkdirSync(`${directory}/migrations`, { recursive: true });
  // Not a copy, which would keep the modes of the checkout: nobody else could read those of a private one.
  for (const name of readdirSync(migrationsDirectory))
    writeFileSync(`${directory}/migrations/${name}`, readFileSync(new URL(name, migrationsDirectory)));
}

if (import.meta.main) {
  const [directory] = process.argv.slice(2);
  if (!directory) throw new Error('usage: node service/bundle.ts DIRECTORY');
  await bundleService(directory);
}
