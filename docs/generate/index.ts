/**
 * Writes the generated pages: `npm run docs`. With `--check` writes nothing, names the pages that are out of
 * date and exits 1 when there are any.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { environmentNames } from '../../lib/environments/index.ts';
import { alarmsPage } from './alarms.ts';
import { causesPage } from './causes.ts';
import { databaseParametersPage } from './database-parameters.ts';
import { diagramsPage } from './diagrams.ts';
import { inventoryPage } from './inventory.ts';
import { metricsPage } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { settingsPage } from './settings.ts';

const folder = new URL('../', import.meta.url);

/** Every generated page by its file below docs/. */
export const pages = async (): Promise<Record<string, string>> => ({
  'alarms.md': `${alarmsPage()}\n`,
  'reference/causes.md': `${causesPage()}\n`,
  'reference/database-parameters.md': `${databaseParametersPage()}\n`,
  'reference/diagrams.md': `${diagramsPage()}\n`,
  ...Object.fromEntries(
    environmentNames.map((name) => [`reference/inventory-${name}.md`, `${inventoryPage(name)}\n`]),
  ),
  'reference/metrics.md': `${metricsPage()}\n`,
  'reference/openapi.json': `${await openApiDocument()}\n`,
  'reference/settings.md': `${settingsPage()}\n`,
});

/** File names of the pages that are missing or differ from what would be written. */
export const outOfDate = async (): Promise<string[]> =>
  Object.entries(await pages())
    .filter(([file, text]) => {
      try {
        return readFileSync(new URL(file, folder), 'utf8') !== text;
      } catch {
        return true;
      }
    })
    .map(([file]) => file);

const main = async (argument: string | undefined): Promise<void> => {
  const stale = await outOfDate();
  if (argument === '--check') {
    for (const file of stale) console.error(`docs/${file} is out of date: run npm run docs`);
    process.exitCode = stale.length > 0 ? 1 : 0;
    return;
  }
  mkdirSync(new URL('reference/', folder), { recursive: true });
  for (const [file, text] of Object.entries(await pages())) writeFileSync(new URL(file, folder), text);
  console.log(stale.length > 0 ? `written: ${stale.join(', ')}` : 'nothing has changed');
};

if (import.meta.main) await main(process.argv[2]);
