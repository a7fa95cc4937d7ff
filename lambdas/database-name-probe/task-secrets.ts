/** Asks whether the secrets that a task refers to are there, and whether its execution role may read them. */
import { type IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { DescribeSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type SecretFacts, secretReferenceOf, type TaskRevision } from '../../core/drift/index.ts';
import { type AwsReading, isDenied } from './aws-source.ts';

/** The ARNs of the secrets that a revision refers to, each once. */
export const secretArnsOf = ({ variables }: TaskRevision): string[] => [
  ...new Set(
    variables.flatMap(({ reference }) => {
      const secret = reference === undefined ? undefined : secretReferenceOf(reference);
      return secret ? [secret.arn] : [];
    }),
  ),
];

/**
 * Looks at one secret, never at what is in it.
 * @param deniedMeans what it means that this role may not look: a function may look at the deployment's own
 */
export const readSecretRecord = async (
  secrets: Pick<SecretsManagerClient, 'send'>,
  arn: string,
  deniedMeans: 'foreign' | 'failure',
  abortSignal: AbortSignal,
): Promise<AwsReading<{ secret: SecretFacts }>> => {
  try {
    const record = await secrets.send(new DescribeSecretCommand({ SecretId: arn }), { abortSignal });
    const current = Object.values(record.VersionIdsToStages ?? {}).some((stages) =>
      stages?.includes('AWSCURRENT'),
    );
    const state = record.DeletedDate ? 'deleted' : current ? 'there' : 'empty';
    return { state: 'read', secret: { arn, state, ...(record.ARN ? { fullArn: record.ARN } : {}) } };
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException')
      return { state: 'read', secret: { arn, state: 'missing' } };
    if (deniedMeans === 'foreign' && isDenied(error))
      return { state: 'read', secret: { arn, state: 'foreign' } };
    throw error;
  }
};

/**
 * Whether the policies of a role let it read a secret. Policies of the secret itself are not simulated: they
 * belong to others, and none of the deployment's secrets has one.
 */
export const mayRead = async (
  iam: Pick<IAMClient, 'send'>,
  role: string,
  secretArn: string,
  abortSignal: AbortSignal,
): Promise<AwsReading<{ readable: boolean }>> => {
  const { EvaluationResults: results = [] } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: role,
      ActionNames: ['secretsmanager:GetSecretValue'],
      ResourceArns: [secretArn],
    }),
    { abortSignal },
  );
  return {
    state: 'read',
    readable: results.length > 0 && results.every(({ EvalDecision: decision }) => decision === 'allowed'),
  };
};
