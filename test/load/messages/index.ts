/**
 * `npm run chaos -- messages`. Exit status 0: nothing lost, in order, once; 1: something was lost; 2: it could not run, or not
 * to its end; 3: nothing was lost, but something was not in order, not once, or ended by itself.
 */
import { randomInt } from 'node:crypto';
import { watchForStop } from '../../../twin/stopping.ts';
import { type ChaosOptions, readOptions, usage } from './options.ts';
import { accountText, faultLine, heading } from './report.ts';
import { run, statusOf } from './run.ts';
import { NoScene } from './scene.ts';

const drawSeed = (): number => randomInt(4_294_967_296);

const read = (args: readonly string[]): ChaosOptions | string => {
  try {
    return readOptions(args, drawSeed);
  } catch (error) {
    return (error as Error).message;
  }
};

/** Gives the exit status. */
export const messages = async (args: readonly string[]): Promise<number> => {
  const options = read(args);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n${usage}\n`);
    return 2;
  }
  const { json } = options;
  const say = (text: string): void => void (json ? process.stderr : process.stdout).write(`${text}\n`);
  const watch = watchForStop();
  say(heading(options));
  try {
    const outcome = await run(
      options,
      {
        begun: () => say('everything runs; publishing'),
        fault: (fault) => say(faultLine(fault)),
        said: say,
      },
      watch.signal,
    );
    if (json) process.stdout.write(`${JSON.stringify({ ...options, ...outcome })}\n`);
    else say(accountText(outcome));
    return statusOf(outcome);
  } catch (error) {
    if (watch.signal.aborted) {
      process.stderr.write(`stopped: ${watch.signal.reason}\n`);
      return 130;
    }
    process.stderr.write(
      `it could not run: ${error instanceof NoScene ? error.message : (error as Error).stack}\n`,
    );
    return 2;
  } finally {
    watch.close();
  }
};
