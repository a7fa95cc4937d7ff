import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretReader, logRun, type Report } from '../../core/checks/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { secretFetcher } from '../../core/settings/secrets-manager.ts';
import { createMemory, runCapacity } from './run.ts';

const settings = readSettings(process.env, { reader: 'capacity-probe' });
const secrets = createSecretReader(secretFetcher(new SecretsManagerClient({ maxAttempts: 2 })), {
  timeoutMs: settings.get('SECRET_READ_TIMEOUT') * 1_000,
});
const memory = createMemory();

export const handler = async (): Promise<Report> =>
  logRun(await runCapacity(settings, secrets, memory), (line) => process.stdout.write(`${line}\n`));
