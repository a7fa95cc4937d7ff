import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretReader } from '../../core/checks/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { secretFetcher } from '../../core/settings/secrets-manager.ts';
import { type BootstrapResult, runBootstrap } from './run.ts';

const settings = readSettings(process.env, { reader: 'bootstrap' });
const secrets = createSecretReader(secretFetcher(new SecretsManagerClient({ maxAttempts: 3 })), {
  timeoutMs: settings.get('SECRET_READ_TIMEOUT') * 1_000,
});

export const handler = async (): Promise<BootstrapResult> => {
  const result = await runBootstrap(settings, secrets);
  process.stdout.write(`${JSON.stringify({ message: 'bootstrap finished', ...result })}\n`);
  return result;
};
