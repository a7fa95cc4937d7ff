/**
 * `npm run -s probe -- connectivity|database-name|capacity|network-path|version [--json]`: the probes from any
 * shell, with settings from environment variables. Exit status 0 all good, 1 a check failed, 2 it could not run.
 */
import { parseArgs } from 'node:util';
import { formatReport } from '../core/checks/index.ts';
import { problemsMessage, readSettings } from '../core/settings/index.ts';
import { probes } from './probes.ts';

const usage = `usage: npm run -s probe -- ${Object.keys(probes).join('|')} [--json]`;

/** Ends the process once the text is written; a probe's sockets may still be open. */
const finish = (stream: NodeJS.WriteStream, text: string, status: number): void => {
  stream.write(`${text}\n`, () => process.exit(status));
};

const parse = () => {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false } }, allowPositionals: true });
  } catch (error) {
    return (error as Error).message;
  }
};

const main = async (): Promise<void> => {
  const parsed = parse();
  if (typeof parsed === 'string') return finish(process.stderr, `${parsed}\n${usage}`, 2);
  const [name = '', ...rest] = parsed.positionals;
  const probe = Object.hasOwn(probes, name) ? probes[name] : undefined;
  if (!probe || rest.length > 0) {
    const what =
      rest.length > 0
        ? `one probe at a time, not "${parsed.positionals.join(' ')}"`
        : `unknown probe "${name}"`;
    return finish(process.stderr, `${name === '' ? 'no probe named' : what}\n${usage}`, 2);
  }
  const settings = readSettings(process.env, { reader: probe.reader });
  for (const warning of settings.warnings) process.stderr.write(`warning: ${warning}\n`);
  const own = settings.problemsOf('service', 'probe');
  if (own.length > 0) return finish(process.stderr, problemsMessage(own), 2);
  const { report } = await probe.run(settings);
  const text = parsed.values.json
    ? JSON.stringify(report)
    : formatReport(report, {
        width: process.stdout.columns ?? 100,
        color: process.stdout.isTTY && !process.env.NO_COLOR,
      });
  finish(process.stdout, text, report.ok ? 0 : 1);
};

main().catch((error: Error) => finish(process.stderr, `the probe could not run: ${error.message}`, 2));
