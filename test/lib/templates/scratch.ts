import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

const base = mkdtempSync(join(tmpdir(), 'breakwater-test-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A folder of its own for one synthesis, removed after the tests. */
export const scratch = (): string => mkdtempSync(join(base, 'out-'));
