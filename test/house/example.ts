import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = new URL('../../', import.meta.url).pathname;

/** The example of a page as a program beside a checkout, as the page says; it synthesizes into `out`. */
export const withExample = (page: string, run: (folder: string) => void): void => {
  const example = /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-example-'));
  try {
    symlinkSync(root, join(folder, 'breakwater'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const program = `${example.replace('new App()', "new App({ outdir: 'out' })")}\napp.synth();\n`;
    writeFileSync(join(folder, 'watch.ts'), program);
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
