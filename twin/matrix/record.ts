import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../project.ts';
import { summarize } from './report.ts';
import type { FaultResult } from './result.ts';
import type { MatrixResult } from './run-matrix.ts';

/** What is kept of a result: what the next run finds too, as far as minutes can. */
const kept = ({ seconds: _, notifications: __, problems: ___, ...result }: FaultResult) => result;

const recordPath = join(projectRoot, 'docs', 'faults.json');

/** Keeps the results, from which `npm run docs` makes docs/alarms.md. */
export const recordMatrix = async (result: MatrixResult): Promise<void> => {
  const { quietDay } = result;
  const record = {
    summary: summarize(result),
    ...(quietDay && { quietDay }),
    faults: result.faults.map(kept),
  };
  await writeFile(recordPath, `${JSON.stringify(record, null, 2)}\n`);
};
