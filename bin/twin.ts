/** `npm start`: the synthesized stack on this machine. See `npm start -- --help`. */
import { main } from '../twin/index.ts';

const status = await main(process.argv.slice(2));
process.stdout.write('', () => process.exit(status));
