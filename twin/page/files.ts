import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { Answer } from './answer.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const folder = new URL('static/', import.meta.url).pathname;
const charts = dirname(createRequire(import.meta.url).resolve('chart.js'));

/** Every file that is served, by its path: what is not here does not exist. */
const paths: Readonly<Record<string, string>> = {
  ...Object.fromEntries(readdirSync(folder).map((name) => [`/${name}`, join(folder, name)])),
  '/': join(folder, 'index.html'),
  '/vendor/chart.js': join(charts, 'chart.umd.min.js'),
};

export const fileAt = (path: string): Answer | undefined => {
  const file = Object.hasOwn(paths, path) ? paths[path] : undefined;
  if (file === undefined) return undefined;
  return { status: 200, type: types[extname(file)] ?? 'application/octet-stream', body: readFileSync(file) };
};
