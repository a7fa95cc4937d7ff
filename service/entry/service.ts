/** The process of the service: start, stop on SIGTERM or SIGINT. Exit status 2 when it cannot start. */
import { type RunningService, startService } from '../start.ts';

let service: RunningService | undefined;
let asked: string | undefined;

const stop = (running: RunningService, signal: string): void => {
  running.stop(signal).then(() => process.exit(0));
};

// Before the start: a signal that comes while it runs must not be lost.
for (const [signal, number] of [
  ['SIGTERM', 15],
  ['SIGINT', 2],
] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait.
    if (asked) process.exit(128 + number);
    asked = signal;
    if (service) stop(service, signal);
  });
}

/** The SDK of AWS is loaded only when a secret is read. */
const fetchSecret = async (secretId: string): Promise<string | undefined> => {
  const { fetchFromAws } = await import('./aws-secrets.ts');
  return fetchFromAws(secretId);
};

const outcome = await startService(process.env, { fetchSecret });
if (outcome.ok) {
  service = outcome.service;
  if (asked) stop(service, asked);
} else {
  process.stderr.write(`${outcome.message}\n`);
  process.exitCode = 2;
}
