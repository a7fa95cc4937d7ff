/** `npm run bench`: prints the figures of docs/, side by side with alternatives. Never a test. */
import { benchBreaker } from '../test/bench/breaker.bench.ts';

await benchBreaker((line) => process.stdout.write(`${line}\n`));
process.exit(0);
