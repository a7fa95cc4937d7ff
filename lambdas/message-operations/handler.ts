import { setTimeout as sleep } from 'node:timers/promises';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import { createSecretReader } from '../../core/checks/index.ts';
import type { OperationResult } from '../../core/messages/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { secretFetcher } from '../../core/settings/secrets-manager.ts';
import { runMessageOperation } from './run.ts';

const settings = readSettings(process.env, { reader: 'message-operations' });
const secrets = createSecretReader(secretFetcher(new SecretsManagerClient({ maxAttempts: 2 })), {
  timeoutMs: settings.get('SECRET_READ_TIMEOUT') * 1_000,
});

export const handler = (event: unknown, context: Context): Promise<OperationResult> =>
  runMessageOperation(
    event,
    {
      settings,
      secrets,
      now: () => new Date(),
      sleep: (milliseconds) => sleep(milliseconds),
      write: (line) => process.stdout.write(`${line}\n`),
    },
    { requestId: context.awsRequestId, remainingMs: context.getRemainingTimeInMillis() },
  );
