/**
 * `npm run -s diagnose [-- --json]`: runs every probe that it can from where it stands, and says what is wrong,
 * since when, and what to do; first what explains the rest. Settings are those of the probes. Exit status 0
 * nothing is wrong, 1 something is, 2 no probe could run.
 */
import { parseArgs } from 'node:util';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { budgetOf, type ProbeName, type Report, within } from '../core/checks/index.ts';
import { type AlarmFact, diagnose, formatDiagnosis, type NotRun, resultOf } from '../core/diagnosis/index.ts';
import { problemsMessage, readSettings } from '../core/settings/index.ts';
import { readAlarms } from './alarm-history.ts';
import { probes, type ShellProbe } from './probes.ts';

const usage = 'usage: npm run -s diagnose [-- --json]';

/** Longest reading of the alarms: they are told beside what is wrong, and never hold it up. */
const alarmsMs = 5_000;

type Ran = { report: Report } | { notRun: NotRun };

const runOne = async (name: string, { reader, run, useless }: ShellProbe): Promise<Ran> => {
  const probe = name as ProbeName;
  const settings = readSettings(process.env, { reader });
  const own = settings.problemsOf('service', 'probe');
  if (own.length > 0) return { notRun: { probe, reason: problemsMessage(own) } };
  const reason = useless?.(settings);
  if (reason !== undefined) return { notRun: { probe, reason } };
  try {
    const { report } = await run(settings);
    const skipped = report.checks.every((check) => check.skipped);
    return skipped
      ? { notRun: { probe, reason: [...new Set(report.checks.map(({ reason }) => reason))].join('; ') } }
      : { report };
  } catch (error) {
    return { notRun: { probe, reason: error instanceof Error ? error.message : String(error) } };
  }
};

const alarmsOf = async (environment: string, at: Date): Promise<AlarmFact[] | NotRun> => {
  const notRun = (reason: string): NotRun => ({ probe: 'alarms', reason });
  const client = new CloudWatchClient({ maxAttempts: 1 });
  try {
    const alarms = await within(budgetOf(alarmsMs), readAlarms(client, environment, at));
    return alarms ?? notRun(`CloudWatch did not answer within ${alarmsMs} ms`);
  } catch (error) {
    const { name = 'Error', message = '' } = error as Error;
    return notRun(`the alarms cannot be read: ${name}${message ? `: ${message}` : ''}`);
  } finally {
    client.destroy();
  }
};

/** Ends the process once the text is written; a probe's sockets may still be open. */
const finish = (stream: NodeJS.WriteStream, text: string, status: number): void => {
  stream.write(`${text}\n`, () => process.exit(status));
};

const wantsJson = (): boolean | undefined => {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false } } }).values.json;
  } catch (error) {
    finish(process.stderr, `${(error as Error).message}\n${usage}`, 2);
    return undefined;
  }
};

const main = async (json: boolean): Promise<void> => {
  const at = new Date();
  const settings = readSettings(process.env);
  for (const warning of settings.warnings) process.stderr.write(`warning: ${warning}\n`);
  const environment = settings.get('ENVIRONMENT');
  const [alarms, ...ran] = await Promise.all([
    alarmsOf(environment, at),
    ...Object.entries(probes).map(([name, probe]) => runOne(name, probe)),
  ]);
  const reports = ran.flatMap((one) => ('report' in one ? [one.report] : []));
  const notRun = [
    ...ran.flatMap((one) => ('notRun' in one ? [one.notRun] : [])),
    ...(Array.isArray(alarms) ? [] : [alarms]),
  ];
  if (reports.length === 0) {
    const reasons = notRun.map(({ probe, reason }) => `${probe}: ${reason}`).join('\n');
    return finish(process.stderr, `no probe could run from here\n${reasons}`, 2);
  }
  const result = resultOf(diagnose(reports), {
    environment,
    at,
    alarms: Array.isArray(alarms) ? alarms : [],
    notRun,
    reports,
  });
  const text = json
    ? JSON.stringify(result)
    : formatDiagnosis(result, {
        width: process.stdout.columns ?? 100,
        color: process.stdout.isTTY && !process.env.NO_COLOR,
      });
  finish(process.stdout, text, result.ok ? 0 : 1);
};

const json = wantsJson();
if (json !== undefined)
  main(json).catch((error: Error) =>
    finish(process.stderr, `the diagnosis could not run: ${error.message}`, 2),
  );
