import { randomUUID } from 'node:crypto';
import { detailType } from '../../core/changes/index.ts';
import { account, region } from '../template/index.ts';

/** A call to AWS that changes configuration, as far as matters here. */
export interface ChangingCall {
  /** Such as `ec2`. */
  service: string;
  eventName: string;
  requestParameters: Readonly<Record<string, unknown>>;
  /** Who makes it; a person unless told. */
  by?: Caller;
}

/** CloudFormation, with the role of `cdk bootstrap`; or a function that changes secrets on their schedule, by its name. */
export type Caller = 'deployment' | { function: string };

const role = (name: string, session: string, more: object = {}) => ({
  type: 'AssumedRole',
  principalId: `AROATWINEXAMPLE:${session}`,
  arn: `arn:aws:sts::${account}:assumed-role/${name}/${session}`,
  accountId: account,
  sessionContext: {
    sessionIssuer: { type: 'Role', accountId: account, arn: `arn:aws:iam::${account}:role/${name}` },
  },
  ...more,
});

/** Who breaks things here: a person with a role of the account. The address is one for documents (RFC 5737). */
const person = {
  userIdentity: role('Operator', 'somebody@example.com'),
  sourceIPAddress: '203.0.113.7',
  userAgent: 'aws-cli/2',
};

const cloudFormation = 'cloudformation.amazonaws.com';

/** As CloudTrail describes them. */
const identityOf = (by: Caller | undefined): object => {
  if (by === undefined) return person;
  if (by === 'deployment')
    return {
      userIdentity: role(`cdk-hnb659fds-cfn-exec-role-${account}-${region}`, 'AWSCloudFormation', {
        invokedBy: cloudFormation,
      }),
      sourceIPAddress: cloudFormation,
      userAgent: cloudFormation,
    };
  const sourceArn = `arn:aws:lambda:${region}:${account}:function:${by.function}`;
  return {
    userIdentity: role(`${by.function}-role`, by.function, { inScopeOf: { sourceArn } }),
    sourceIPAddress: '203.0.113.8',
    userAgent: 'Boto3/1',
  };
};

/** The event that EventBridge would get of it. */
export const eventOf = ({ service, eventName, requestParameters, by }: ChangingCall, at: Date): object => {
  const time = at.toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    ...{ version: '0', id: randomUUID(), account, region, time, resources: [] },
    'detail-type': detailType,
    source: `aws.${service}`,
    detail: {
      ...{
        eventVersion: '1.11',
        eventType: 'AwsApiCall',
        eventCategory: 'Management',
        managementEvent: true,
      },
      ...{ eventID: randomUUID(), eventTime: time, awsRegion: region, readOnly: false },
      ...{ eventSource: `${service}.amazonaws.com`, eventName, requestParameters, responseElements: null },
      ...identityOf(by),
    },
  };
};
