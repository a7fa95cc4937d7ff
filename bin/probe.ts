/**
 * `npm run -s probe -- connectivity|database-name [--json]`: the probes from any shell, with settings from
 * environment variables. Exit status 0 all good, 1 a check failed, 2 it could not run.
 */
import { parseArgs } from 'node:util';
import { ECSClient } from '@aws-sdk/client-ecs';
import { RDSClient } from '@aws-sdk/client-rds';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretReader, formatReport, type ProbeRun } from '../core/checks/index.ts';
import { problemsMessage, readSettings, type SettingsReading } from '../core/settings/index.ts';
import { secretFetcher } from '../core/settings/secrets-manager.ts';
import { runConnectivity } from '../lambdas/connectivity-probe/run.ts';
import { runDatabaseName } from '../lambdas/database-name-probe/run.ts';

const readerOf = (settings: SettingsReading) =>
  createSecretReader(secretFetcher(new SecretsManagerClient({ maxAttempts: 1 })), {
    timeoutMs: settings.get('SECRET_READ_TIMEOUT') * 1_000,
  });

const probes: Record<
  string,
  {
    reader: 'connectivity-probe' | 'database-name-probe';
    run: (settings: SettingsReading) => Promise<ProbeRun>;
  }
> = {
  connectivity: {
    reader: 'connectivity-probe',
    run: (settings) => runConnectivity(settings, readerOf(settings)),
  },
  'database-name': {
    reader: 'database-name-probe',
    run: (settings) =>
      runDatabaseName({
        settings,
        secrets: readerOf(settings),
        aws: { rds: new RDSClient({ maxAttempts: 1 }), ecs: new ECSClient({ maxAttempts: 1 }) },
        awsOutOfReach: 'is skipped',
      }),
  },
};

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
