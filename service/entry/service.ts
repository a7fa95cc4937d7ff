/** The process of the service: start, stop on SIGTERM or SIGINT. Exit status 2 when it cannot start. */
import { startService } from '../start.ts';

const outcome = await startService(process.env);
if (!outcome.ok) {
  process.stderr.write(`${outcome.message}\n`);
  process.exitCode = 2;
} else {
  const { service } = outcome;
  for (const [signal, number] of [
    ['SIGTERM', 15],
    ['SIGINT', 2],
  ] as const) {
    process.on(signal, () => {
      // Whoever asks twice does not want to wait.
      if (service.lifecycle.phase === 'draining') process.exit(128 + number);
      service.stop(signal).then(() => process.exit(0));
    });
  }
}
