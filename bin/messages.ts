/**
 * `npm run -s messages -- depth|peek|redrive|purge [options] [--json]`: looks at the messages of the outbox, delivers
 * dead ones again, or deletes them. Exit status 0 done, 1 the database could not be used, 2 it could not run, 130 a
 * redrive or purge was stopped before its end, also because whoever read its output has gone: what that one did not get
 * is on standard error.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretReader } from '../core/checks/index.ts';
import {
  formatDead,
  formatOperation,
  type MessageRequest,
  type OperationResult,
  runOperation,
} from '../core/messages/index.ts';
import { readSettings } from '../core/settings/index.ts';
import { secretFetcher } from '../core/settings/secrets-manager.ts';
import { confirmation, readCommandLine } from './message-options.ts';

const usage = `usage: npm run -s messages -- OPERATION [options] [--json]
  depth                       what waits, what is dead, and where to look
  peek                        [--state pending|held|sent|dead|all] [--limit N] [--key KEY]
  redrive                     delivers dead messages again
    --id ID… --key KEY --type TYPE --reason TEXT --before TIME, or --all
    [--limit N] [--rate N] [--dry-run]
  purge                       deletes dead messages for good
    --id ID… --key KEY --type TYPE --reason TEXT --before TIME, or --all
    [--limit N] [--dry-run] --yes`;

const terminal = () => ({
  width: process.stdout.columns ?? 100,
  color: process.stdout.isTTY && !process.env.NO_COLOR,
});

const stopping = new AbortController();
// What nobody reads any more, as behind `| head`, ends as if it was told to.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stopping.abort());

/** Writes what was changed; where whoever read the output has gone, to standard error. */
const report = (text: string, written: () => void = () => undefined): void => {
  process.stdout.write(`${text}\n`, (error) => {
    if (error) process.stderr.write(`${text}\n`, written);
    else written();
  });
};

/** Ends the process once the text is written; sockets may still be open. */
const finish = (stream: NodeJS.WriteStream, text: string, status: number): void => {
  stream.write(`${text}\n`, () => process.exit(status));
};

const statusOf = (result: OperationResult): number => {
  if (!result.ok) return 1;
  return 'stopped' in result ? 130 : 0;
};

const tell = (result: OperationResult, json: boolean): void => {
  if ('error' in result) {
    const would = formatDead(result.wouldPurge?.messages ?? [], terminal().width);
    finish(process.stderr, [...result.error.problems, ...(would ? [would] : [])].join('\n'), 2);
  } else {
    const text = json ? JSON.stringify(result) : formatOperation(result, terminal());
    const status = statusOf(result);
    if ('changed' in result) report(text, () => process.exit(status));
    else finish(process.stdout, text, status);
  }
};

const run = async (request: MessageRequest, json: boolean): Promise<void> => {
  const settings = readSettings(process.env, { reader: 'message-operations' });
  for (const warning of settings.warnings) process.stderr.write(`warning: ${warning}\n`);
  const secrets = createSecretReader(secretFetcher(new SecretsManagerClient({ maxAttempts: 1 })), {
    timeoutMs: settings.get('SECRET_READ_TIMEOUT') * 1_000,
  });
  const { signal } = stopping;
  // A run that changes something ends after the part that is under way, and says what it has done.
  if (request.operation === 'redrive' || request.operation === 'purge')
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  const result = await runOperation(request, {
    settings,
    secrets,
    now: () => new Date(),
    confirmation,
    pace: {
      signal,
      sleep: (milliseconds) => sleep(milliseconds, undefined, { signal }).catch(() => undefined),
      onPart: (ids) => {
        if (!json && ids.length > 0) report(ids.join('\n'));
      },
    },
  });
  tell(result, json);
};

const line = readCommandLine(process.argv.slice(2));
if (line.ok)
  run(line.request, line.json).catch((error: Error) =>
    finish(process.stderr, `the messages could not be looked at: ${error.message}`, 2),
  );
else finish(process.stderr, [...line.problems, ...(line.unclear ? [usage] : [])].join('\n'), 2);
