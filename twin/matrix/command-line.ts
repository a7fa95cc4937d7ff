import { parseArgs } from 'node:util';
import { type FaultDefinition, type FaultName, faultNames, faults, isFaultName } from '../faults/index.ts';

export interface MatrixCommand {
  names: FaultName[];
  quietDay: boolean;
  json: boolean;
  workers: number;
  seed: number;
  /** Writes what does not change from run to run to docs/faults.json. */
  record: boolean;
}

const quietDayName = 'quiet-day';

export const matrixUsage = `npm run faults -- [options]

Injects each fault into the running twin (real servers, real bundles, real service), lets it stand, lifts it, and
compares the alarms that go off with those that follow from what it breaks. Ends with a day in which nobody may be
paged. Exit status 0 as expected, 1 an alarm is missing or false, 2 it could not run.

  --only NAME    this fault alone, or ${quietDayName}; may be repeated
  --json         one JSON object with the results on standard output
  --workers N    twins at the same time, 1 to 4; 3 unless told: each waits most of the time
  --seed N       of the noise of the quiet day, 0 to 4294967295; 1 unless told
  --record       writes the results to docs/faults.json, of which docs/alarms.md is made; only with all faults
  --list         the faults, one a line
  --help         this text`;

/** A command line that cannot be run, with what to write instead. */
export class MatrixUsageError extends Error {
  override name = 'MatrixUsageError';
}

const whole = (option: string, text: string, least: number, most: number): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
    throw new MatrixUsageError(`--${option} ${text}: write a whole number from ${least} to ${most}.`);
  return value;
};

/** @throws MatrixUsageError */
export const readMatrixCommand = (
  args: readonly string[],
  hasRedis: boolean,
): MatrixCommand | 'help' | 'list' => {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    throw new MatrixUsageError(`${(error as Error).message}\n\n${matrixUsage}`);
  }
  if (values.help) return 'help';
  if (values.list) return 'list';
  const wanted = values.only.filter((name) => name !== quietDayName);
  const unknown = wanted.filter((name) => !isFaultName(name));
  if (unknown.length > 0)
    throw new MatrixUsageError(
      `--only ${unknown.join(' --only ')}: no such fault. The faults are ${faultNames.join(', ')}, and ${quietDayName}.`,
    );
  const all = values.only.length === 0;
  if (values.record && !all)
    throw new MatrixUsageError('--record keeps the results of every fault: leave out --only.');
  const names = all ? faultNames : faultNames.filter((name) => wanted.includes(name));
  const lacking = names.filter((name) => !hasRedis && (faults[name] as FaultDefinition).needs);
  if (lacking.length > 0)
    throw new MatrixUsageError(
      `No redis-server is found on PATH, and ${lacking.join(', ')} need it. Install Redis (Debian, Ubuntu: ` +
        'apt-get install redis-server; macOS: brew install redis), or name other faults with --only.',
    );
  return {
    names,
    quietDay: all || values.only.includes(quietDayName),
    json: values.json,
    workers: whole('workers', values.workers, 1, 4),
    seed: whole('seed', values.seed, 0, 2 ** 32 - 1),
    record: values.record,
  };
};

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: false,
    options: {
      only: { type: 'string', multiple: true, default: [] as string[] },
      json: { type: 'boolean', default: false },
      workers: { type: 'string', default: '3' },
      seed: { type: 'string', default: '1' },
      record: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
