/** `npm run chaos -- NAME [options]`: kills things while they are used, and counts what was lost. */
import { messages } from '../test/load/messages/index.ts';

const trials: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = { messages };

const [name = '', ...args] = process.argv.slice(2);
const trial = Object.hasOwn(trials, name) ? trials[name] : undefined;
if (!trial)
  process.stderr.write(
    `${name === '' ? 'no trial is named' : `no trial is named "${name}"`}; there are: ${Object.keys(trials).join(', ')}\n`,
  );
const status = trial ? await trial(args) : 2;
process.stdout.write('', () => process.exit(status));
