import { AwsError, type Operations } from './answer.ts';
import type { SecretStore } from './secrets.ts';

/** What Secrets Manager tells of a secret without its content. */
export const secretRecordOperations = (secrets: SecretStore): Operations => ({
  DescribeSecret: ({ SecretId: id }) => {
    const secret = secrets.find(String(id));
    if (!secret)
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    const { arn, name, versionId, createdAt } = secret;
    return {
      ARN: arn,
      Name: name,
      CreatedDate: createdAt.getTime() / 1_000,
      VersionIdsToStages: { [versionId]: ['AWSCURRENT'] },
    };
  },
});
