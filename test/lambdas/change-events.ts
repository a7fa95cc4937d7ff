/**
 * Events of CloudTrail as EventBridge delivers them, of the shapes that the AWS CloudTrail user guide ("record
 * contents", "userIdentity element") and the guides of the services show. Accounts, names and addresses are made up.
 */
const account = '123456789012';

export const event = (detail: object): object => ({
  ...{
    version: '0',
    id: '36f4afa3-1d4a-15cf-af45-032afa2994be',
    account,
    region: 'us-east-1',
    resources: [],
  },
  'detail-type': 'AWS API Call via CloudTrail',
  source: `aws.${(detail as { eventSource: string }).eventSource.split('.')[0]}`,
  time: '2026-03-02T10:15:31Z',
  detail: {
    ...{ eventVersion: '1.09', awsRegion: 'us-east-1', eventTime: '2026-03-02T10:15:30Z', readOnly: false },
    ...{ eventID: 'a3c1efab-1658-43ea-af24-7fbdf4363ef2', eventType: 'AwsApiCall', managementEvent: true },
    ...detail,
  },
});

export const user = {
  ...{ type: 'IAMUser', principalId: 'AIDAEXAMPLE', accountId: account, userName: 'alice' },
  ...{ arn: `arn:aws:iam::${account}:user/alice`, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
};

export const assumedRole = (role: string, session: string, more: object = {}): object => ({
  ...{ type: 'AssumedRole', accountId: account, accessKeyId: 'ASIAIOSFODNN7EXAMPLE' },
  principalId: `AROAEXAMPLE:${session}`,
  arn: `arn:aws:sts::${account}:assumed-role/${role.split('/').at(-1)}/${session}`,
  sessionContext: {
    sessionIssuer: { type: 'Role', accountId: account, arn: `arn:aws:iam::${account}:role/${role}` },
    attributes: { creationDate: '2026-03-02T09:00:00Z', mfaAuthenticated: 'false' },
  },
  ...more,
});

export const samples = {
  'a user who opens a security group': event({
    ...{ eventSource: 'ec2.amazonaws.com', eventName: 'AuthorizeSecurityGroupIngress' },
    ...{ userIdentity: user, sourceIPAddress: '203.0.113.7', userAgent: 'aws-cli/2.15.0' },
    requestParameters: {
      groupId: 'sg-0123456789abcdef0',
      ipPermissions: {
        items: [
          { ipProtocol: 'tcp', fromPort: 5432, toPort: 5432, ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } },
        ],
      },
    },
    responseElements: { requestId: 'x', _return: true, securityGroupRuleSet: { items: [] } },
  }),
  'a rule of a group that is changed in the console': event({
    ...{
      eventSource: 'ec2.amazonaws.com',
      eventName: 'ModifySecurityGroupRules',
      sourceIPAddress: 'AWS Internal',
    },
    userIdentity: assumedRole('Admin', 'alice@example.com', { invokedBy: 'AWS Internal' }),
    requestParameters: {
      ModifySecurityGroupRulesRequest: {
        GroupId: 'sg-0123456789abcdef0',
        SecurityGroupRule: { SecurityGroupRuleId: 'sgr-0a1b', SecurityGroupRule: { FromPort: 1, ToPort: 2 } },
      },
    },
  }),
  'a password of the database that is set by hand': event({
    ...{ eventSource: 'rds.amazonaws.com', eventName: 'ModifyDBInstance', sourceIPAddress: '203.0.113.7' },
    userIdentity: assumedRole('aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0f', 'alice@example.com'),
    requestParameters: {
      ...{ dBInstanceIdentifier: 'hokusai-production', masterUserPassword: '****', applyImmediately: true },
      allowMajorVersionUpgrade: false,
    },
    responseElements: {
      dBInstanceIdentifier: 'hokusai-production',
      pendingModifiedValues: { masterUserPassword: '****' },
    },
  }),
  'a stack that is deployed': event({
    ...{ eventSource: 'ecs.amazonaws.com', eventName: 'UpdateService' },
    ...{ sourceIPAddress: 'cloudformation.amazonaws.com', userAgent: 'cloudformation.amazonaws.com' },
    userIdentity: assumedRole(`cdk-hnb659fds-cfn-exec-role-${account}-us-east-1`, 'AWSCloudFormation', {
      invokedBy: 'cloudformation.amazonaws.com',
    }),
    requestParameters: { service: 'hokusai-api-production', cluster: 'hokusai-production', desiredCount: 3 },
  }),
  'the rotation of a secret': event({
    ...{
      eventSource: 'secretsmanager.amazonaws.com',
      eventName: 'PutSecretValue',
      sourceIPAddress: '10.30.4.7',
    },
    userIdentity: assumedRole(
      'hokusai-production-data-Rotation-1A2B',
      'hokusai-production-rotate-application',
    ),
    requestParameters: {
      ...{
        secretId: `arn:aws:secretsmanager:us-east-1:${account}:secret:hokusai/production/database/application-a1B2c3`,
      },
      clientRequestToken: '4d383ea9-084a-49c9-8722-cbfb0f25c456',
    },
  }),
  'a service that is scaled': event({
    ...{ eventSource: 'ecs.amazonaws.com', eventName: 'UpdateService' },
    ...{ sourceIPAddress: 'ecs.application-autoscaling.amazonaws.com' },
    userIdentity: assumedRole(
      'aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService',
      'AutoScaling-UpdateDesiredCapacity',
      { invokedBy: 'ecs.application-autoscaling.amazonaws.com' },
    ),
    requestParameters: { cluster: 'hokusai-production', service: 'hokusai-api-production', desiredCount: 4 },
  }),
  'a call that is refused': event({
    ...{ eventSource: 'rds.amazonaws.com', eventName: 'DeleteDBInstance', sourceIPAddress: '203.0.113.7' },
    ...{
      userIdentity: user,
      errorCode: 'AccessDenied',
      errorMessage: 'User alice is not authorized',
      requestParameters: null,
    },
  }),
};
