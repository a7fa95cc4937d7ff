import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AwsEndpoint, iamOperations, startAwsEndpoint } from '../../twin/aws/index.ts';
import { createFixture, type Fixture } from './template-fixture.ts';

const bucket = 'arn:aws:s3:::logs';

const policy = (...Statement: object[]) => ({ PolicyDocument: { Statement } });

describe('the local IAM answers the real SDK', () => {
  let fixture: Fixture;
  let endpoint: AwsEndpoint;
  let client: IAMClient;

  beforeAll(async () => {
    fixture = createFixture({
      data: {
        Resources: {
          Reader: {
            Type: 'AWS::IAM::Role',
            Properties: {
              RoleName: 'reader',
              Policies: [policy({ Effect: 'Allow', Action: 's3:GetObject', Resource: `${bucket}/*` })],
            },
          },
          Other: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'other' } },
          Attached: {
            Type: 'AWS::IAM::Policy',
            Properties: {
              Roles: [{ Ref: 'Reader' }],
              ...policy(
                { Effect: 'Allow', Action: ['s3:List*'], Resource: '*' },
                { Effect: 'Deny', Action: 's3:*', Resource: `${bucket}/secret` },
                { Effect: 'Allow', Action: 's3:PutObject', Resource: '*', Condition: { Bool: { a: 'b' } } },
              ),
            },
          },
        },
      },
    });
    const none = {};
    endpoint = await startAwsEndpoint({
      ...{ secretsManager: none, rds: none, ecs: none },
      iam: iamOperations(fixture.assembly, fixture.resolve),
    });
    client = new IAMClient({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'twin', secretAccessKey: 'twin' },
      maxAttempts: 1,
    });
  });
  afterAll(async () => {
    client.destroy();
    await endpoint.close();
    fixture.remove();
  });

  const decision = async (role: string, action: string, resource: string) => {
    const { EvaluationResults } = await client.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: `arn:aws:iam::000000000000:role/${role}`,
        ActionNames: [action],
        ResourceArns: [resource],
      }),
    );
    expect(EvaluationResults).toMatchObject([{ EvalActionName: action, EvalResourceName: resource }]);
    return EvaluationResults?.[0]?.EvalDecision;
  };

  test.each([
    ['what a policy of the role names', 'reader', 's3:GetObject', `${bucket}/a`, 'allowed'],
    ['another action', 'reader', 's3:DeleteObject', `${bucket}/a`, 'implicitDeny'],
    ['another resource', 'reader', 's3:GetObject', 'arn:aws:s3:::other/a', 'implicitDeny'],
    ['a family of actions, in any letter case', 'reader', 's3:listBucket', bucket, 'allowed'],
    ['what is denied as well as allowed', 'reader', 's3:GetObject', `${bucket}/secret`, 'explicitDeny'],
    ['what is allowed under a condition', 'reader', 's3:PutObject', `${bucket}/a`, 'implicitDeny'],
    ['a role without policies', 'other', 's3:GetObject', `${bucket}/a`, 'implicitDeny'],
  ])('decides %s by the policies of the template', async (_what, role, action, resource, expected) => {
    expect(await decision(role, action, resource)).toBe(expected);
  });

  test('has no role that the template does not have', async () => {
    await expect(decision('none', 's3:GetObject', bucket)).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
  });
});
