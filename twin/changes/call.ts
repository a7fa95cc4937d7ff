import { randomUUID } from 'node:crypto';
import { detailType } from '../../core/changes/index.ts';
import { account, region } from '../template/index.ts';

/** A call to AWS that somebody made by hand, as far as a fault says it. */
export interface CallByHand {
  /** Such as `ec2`. */
  service: string;
  eventName: string;
  requestParameters: Readonly<Record<string, unknown>>;
}

/** Who breaks things here: a person with a role of the account, as CloudTrail describes one. */
const person = {
  type: 'AssumedRole',
  principalId: 'AROATWINEXAMPLE:somebody@example.com',
  arn: `arn:aws:sts::${account}:assumed-role/Operator/somebody@example.com`,
  accountId: account,
  sessionContext: {
    sessionIssuer: { type: 'Role', accountId: account, arn: `arn:aws:iam::${account}:role/Operator` },
  },
};

/** The event that EventBridge would get of it. The address is one for documents (RFC 5737). */
export const eventOf = ({ service, eventName, requestParameters }: CallByHand, at: Date): object => {
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
      ...{ userIdentity: person, sourceIPAddress: '203.0.113.7', userAgent: 'aws-cli/2' },
    },
  };
};
