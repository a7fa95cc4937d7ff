import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with `lambdas/`, `service/` and `core/`. */
export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..');
