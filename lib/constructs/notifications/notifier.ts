import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SnsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { BundledFunction } from '../function/index.ts';
import { deriveSettings, type Settings } from '../settings/index.ts';
import type { Severity } from './severity.ts';

/** What the notifier reads and where it sends to, beside the lists of people. */
export interface NotifierOptions {
  /** Names of the probes' functions, whose reports explain alarms: `NAME-connectivity-probe` and so on. */
  probes: readonly string[];
  /** The address of a chat webhook, alone or as JSON with the field `url`. */
  webhookSecret?: ISecret;
  /** Address under which people read this repository. */
  runbooks?: string;
  /** Settings that differ from their defaults. */
  settings?: Settings;
  tracing?: boolean;
  logRetention: RetentionDays;
}

export interface NotifierProps extends NotifierOptions {
  /** Prefix of the names of alarms, probes and of this function. */
  name: string;
  /** What alarms publish to. */
  alarms: Readonly<Record<Severity, ITopic>>;
  /** What people subscribe to. */
  delivery: Readonly<Record<Severity, ITopic>>;
}

/**
 * One after the other: both readings, the secret of the webhook and the webhook twice, the sending, once more as it
 * came, and whether the lists have readers. With the largest deadlines 81 s.
 */
const functionTimeout = Duration.seconds(90);

/**
 * Takes alarms to people, with what explains them. It stands outside the VPC: it must speak when nothing in there gets
 * through. What it fails to take goes to them as it came.
 */
export class Notifier extends Construct {
  readonly function: IFunction;

  constructor(scope: Construct, id: string, props: NotifierProps) {
    super(scope, id);
    const { name, alarms, delivery, probes, webhookSecret, runbooks, settings = {} } = props;
    const { function: handler, role } = new BundledFunction(this, 'Notifier', {
      bundle: 'alarm-notifier',
      functionName: `${name}-alarm-notifier`,
      description: 'Tells people of alarms: cause, evidence, remedy, since when, what else is red',
      environment: deriveSettings('alarm-notifier', {
        provided: {
          NOTIFIER_PREFIX: name,
          NOTIFIER_TICKET_TOPIC_ARN: alarms.ticket.topicArn,
          NOTIFIER_PAGE_DELIVERY_TOPIC_ARN: delivery.page.topicArn,
          NOTIFIER_TICKET_DELIVERY_TOPIC_ARN: delivery.ticket.topicArn,
          ...(webhookSecret && { NOTIFIER_WEBHOOK_SECRET_ID: webhookSecret.secretArn }),
          ...(runbooks !== undefined && { RUNBOOK_BASE_URL: runbooks }),
        },
        overrides: settings,
      }),
      timeout: functionTimeout,
      tracing: props.tracing ?? false,
      logRetention: props.logRetention,
      asynchronous: {
        // Lambda waits a minute before the second run: one may heal what a third would not.
        retryAttempts: 1,
        maxEventAge: Duration.minutes(5),
        // A function has one destination, and what failed does not say how severe it was: a ticket that wakes
        // somebody costs sleep, a page that waits until the morning costs users.
        onFailure: new SnsDestination(delivery.page),
      },
    });
    for (const topic of Object.values(delivery)) topic.grantPublish(role);
    if (webhookSecret) {
      webhookSecret.grantRead(role);
      // A run whose webhook fails must know whether the e-mail reached anybody.
      role.addToPolicy(
        new PolicyStatement({
          effect: Effect.ALLOW,
          actions: ['sns:GetTopicAttributes'],
          resources: Object.values(delivery).map(({ topicArn }) => topicArn),
        }),
      );
    }
    const stack = Stack.of(this);
    const logs = probes.map((probe) =>
      stack.formatArn({
        ...{ service: 'logs', resource: 'log-group', arnFormat: ArnFormat.COLON_RESOURCE_NAME },
        resourceName: `/aws/lambda/${probe}:*`,
      }),
    );
    role.addToPolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: ['logs:FilterLogEvents'], resources: logs }),
    );
    role.addToPolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:DescribeAlarmHistory'],
        resources: ['*'],
      }),
    );
    acknowledge(role, {
      'IAM5[Resource::*]': 'CloudWatch tells of composite alarms only to those who may describe all.',
      ...Object.fromEntries(
        logs.map((arn) => [
          // As findings of cdk-nag write it.
          `IAM5[Resource::${arn.replace(stack.account, '<AWS::AccountId>')}]`,
          'Every log stream of one group: their names are known only while the probe runs.',
        ]),
      ),
    });
    for (const topic of Object.values(alarms)) topic.addSubscription(new LambdaSubscription(handler));
    this.function = handler;
  }
}
