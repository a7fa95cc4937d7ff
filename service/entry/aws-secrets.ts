import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { secretFetcher } from '../../core/settings/secrets-manager.ts';

export const fetchFromAws = secretFetcher(new SecretsManagerClient());
