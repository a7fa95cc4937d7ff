import { AwsError, type Operations } from './answer.ts';
import type { SecretStore } from './secrets.ts';

export const secretsManagerOperations = (secrets: SecretStore): Operations => ({
  GetSecretValue: ({ SecretId: id, VersionStage: stage = 'AWSCURRENT' }) => {
    if (typeof id !== 'string' || id === '')
      throw new AwsError('InvalidParameterException', 'You must provide a value for the SecretId parameter.');
    const secret = secrets.find(id);
    if (!secret)
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    if (stage !== 'AWSCURRENT')
      throw new AwsError(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for staging label: ${stage}`,
      );
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: secret.versionId,
      SecretString: secret.value,
      VersionStages: [stage],
      CreatedDate: secret.createdAt.getTime() / 1000,
    };
  },
});
