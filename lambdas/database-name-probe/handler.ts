import { ECSClient } from '@aws-sdk/client-ecs';
import { IAMClient } from '@aws-sdk/client-iam';
import { RDSClient } from '@aws-sdk/client-rds';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretReader, logRun, type Report } from '../../core/checks/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { secretFetcher } from '../../core/settings/secrets-manager.ts';
import { runDatabaseName } from './run.ts';

const settings = readSettings(process.env, { reader: 'database-name-probe' });
const attempts = { maxAttempts: 2 };
const aws = {
  rds: new RDSClient(attempts),
  ecs: new ECSClient(attempts),
  secrets: new SecretsManagerClient(attempts),
  iam: new IAMClient(attempts),
};
const secrets = createSecretReader(secretFetcher(aws.secrets), {
  timeoutMs: settings.get('SECRET_READ_TIMEOUT') * 1_000,
});

export const handler = async (): Promise<Report> =>
  logRun(await runDatabaseName({ settings, secrets, aws, awsOutOfReach: 'fails' }), (line) =>
    process.stdout.write(`${line}\n`),
  );
