import { faultList } from '../command-line.ts';
import { findRedis } from '../servers/index.ts';
import { watchForStop } from '../stopping.ts';
import { MatrixUsageError, matrixUsage, readMatrixCommand } from './command-line.ts';
import { allGood, formatMatrix, summarize } from './report.ts';
import { runMatrix } from './run-matrix.ts';

const started = performance.now();

/** Beside the results, never among them. */
const say = (line: string): void => {
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  process.stderr.write(`${seconds.padStart(7)} s  ${line}\n`);
};

/** Runs the command line of `npm run faults` and gives the exit status. */
export const faultsMain = async (args: readonly string[]): Promise<number> => {
  const stop = watchForStop();
  try {
    const command = readMatrixCommand(args, findRedis() !== undefined);
    if (command === 'help' || command === 'list') {
      process.stdout.write(`${command === 'help' ? matrixUsage : faultList()}\n`);
      return 0;
    }
    const { names, quietDay, json, workers, seed } = command;
    const result = await runMatrix({
      ...{ names, workers, signal: stop.signal, progress: say },
      ...(quietDay && { quietDay: seed }),
      onResult: ({ name, ok, seconds, problems }) =>
        say(`${name}: ${ok ? 'ok' : `FAILED: ${problems.join('; ')}`} (${seconds} s)`),
    });
    if (stop.signal.aborted) {
      process.stderr.write(
        `Interrupted by ${stop.signal.reason}; ${result.faults.length} faults were run.\n`,
      );
      return 130;
    }
    const text = json
      ? JSON.stringify({
          ...result,
          summary: summarize(result),
          seconds: Math.round((performance.now() - started) / 1_000),
        })
      : formatMatrix(result);
    process.stdout.write(`${text}\n`);
    return allGood(result) ? 0 : 1;
  } catch (error) {
    process.stderr.write(
      `${error instanceof MatrixUsageError ? error.message : `The faults could not be run: ${error instanceof Error ? error.message : error}`}\n`,
    );
    return 2;
  } finally {
    stop.close();
  }
};
