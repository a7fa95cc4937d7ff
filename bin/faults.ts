/** `npm run faults`: every fault, and the alarms that it raises. */
import { faultsMain } from '../twin/index.ts';

const status = await faultsMain(process.argv.slice(2));
process.stdout.write('', () => process.exit(status));
