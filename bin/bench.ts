/** `npm run bench [-- NAME ...]`: prints the figures of docs/measurements.md, beside alternatives. Never a test. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const benches = [
  'breaker',
  'health',
  'outage',
  'connections',
  'optional',
  'black-hole',
  'gateway',
  'artifacts',
  'auth-cache',
  'messages',
  'soak',
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !benches.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no bench is named ${unknown.join(', ')}; there are: ${benches.join(', ')}\n`);
  process.exit(2);
}

/** Each in a process of its own, so that none runs on another's heap or in code compiled for another. */
const run = async (name: string): Promise<number> => {
  const program = fileURLToPath(new URL(`../test/bench/${name}.bench.ts`, import.meta.url));
  const child = fork(program);
  const end = () => child.kill('SIGTERM');
  process.once('SIGTERM', end).once('SIGINT', end);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
};

for (const [index, name] of benches.filter((one) => wanted.length === 0 || wanted.includes(one)).entries()) {
  if (index > 0) process.stdout.write('\n');
  const code = await run(name);
  if (code !== 0) process.exit(code);
}
