import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

/** What must be fixed now, and what can wait until the next working day. */
export const severities = ['page', 'ticket'] as const;
export type Severity = (typeof severities)[number];

export interface NotificationsProps {
  /** Prefix of the names of the topics. */
  name: string;
  /** E-mail addresses by severity; each must confirm its subscription once. */
  recipients: Readonly<Record<Severity, readonly string[]>>;
}

/** One topic for each severity, which alarms of this account may publish to. */
export class Notifications extends Construct {
  readonly topics: Readonly<Record<Severity, ITopic>>;

  constructor(scope: Construct, id: string, { name, recipients }: NotificationsProps) {
    super(scope, id);
    const topic = (severity: Severity): ITopic => {
      // No key of our own: CloudWatch would need grants on it, and a missing one silences every alarm.
      const result = new Topic(this, severity, { topicName: `${name}-${severity}`, enforceSSL: true });
      // The rule for TLS replaces the policy that lets the account publish, so alarms must be let in again.
      result.addToResourcePolicy(
        new PolicyStatement({
          sid: 'Alarms',
          effect: Effect.ALLOW,
          principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
          actions: ['sns:Publish'],
          resources: [result.topicArn],
          conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
        }),
      );
      for (const address of recipients[severity]) result.addSubscription(new EmailSubscription(address));
      return result;
    };
    this.topics = { page: topic('page'), ticket: topic('ticket') };
  }
}
