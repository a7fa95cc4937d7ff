/** Reads secrets from AWS. Not part of the folder's index: only those that need AWS pay for its SDK. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** The function that the checks take to fetch a secret, made of an SDK client. */
export const secretFetcher =
  (client: Pick<SecretsManagerClient, 'send'>) =>
  async (secretId: string): Promise<string | undefined> =>
    (await client.send(new GetSecretValueCommand({ SecretId: secretId }))).SecretString;
