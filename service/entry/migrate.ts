/** The process of the migration. Exit status 0 done or nothing to do, 1 failed or refused, 2 settings wrong. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { secretFetcher } from '../../core/settings/secrets-manager.ts';
import { runMigration } from '../migration/run-migration.ts';

process.exitCode = await runMigration(process.env, process, secretFetcher(new SecretsManagerClient()));
