import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { Notifier, type NotifierOptions } from './notifier.ts';
import { type Severity, severities } from './severity.ts';

export interface NotificationsProps {
  /** Prefix of the names of the topics, and of the alarms and probes that they are about. */
  name: string;
  /** E-mail addresses by severity; each must confirm its subscription once. */
  recipients: Readonly<Record<Severity, readonly string[]>>;
  /** What explains an alarm before people get it; with `false` they get it as CloudWatch writes it. */
  notifier: NotifierOptions | false;
}

/**
 * Two topics for each severity: one that alarms of this account publish to, and one that people subscribe to. Between
 * them stands the notifier; without it there is the first alone, and people subscribe to that.
 */
export class Notifications extends Construct {
  /** What alarms publish to. */
  readonly topics: Readonly<Record<Severity, ITopic>>;
  /**
   * What people subscribe to. An alarm about the notifier or about `topics` belongs here: it must not take the way
   * that it is about.
   */
  readonly delivery: Readonly<Record<Severity, ITopic>>;
  /** Absent where people get alarms as they are. */
  readonly notifier: IFunction | undefined;

  constructor(scope: Construct, id: string, { name, recipients, notifier }: NotificationsProps) {
    super(scope, id);
    const topic = (severity: Severity, end = ''): Topic => {
      // No key of our own: CloudWatch would need grants on it, and a missing one silences every alarm.
      const result = new Topic(this, `${severity}${end}`, {
        topicName: `${name}-${severity}${end}`,
        // The sender that people see.
        displayName: `${name} ${severity}`,
        enforceSSL: true,
      });
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
      return result;
    };
    this.topics = { page: topic('page'), ticket: topic('ticket') };
    this.delivery = notifier
      ? { page: topic('page', '-delivery'), ticket: topic('ticket', '-delivery') }
      : this.topics;
    for (const severity of severities)
      for (const address of recipients[severity])
        this.delivery[severity].addSubscription(new EmailSubscription(address));
    this.notifier = notifier
      ? new Notifier(this, 'Notifier', {
          ...notifier,
          ...{ name, alarms: this.topics, delivery: this.delivery },
        }).function
      : undefined;
  }
}
