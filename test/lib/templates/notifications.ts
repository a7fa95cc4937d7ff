import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { settingDefinitions } from '../../../core/settings/index.ts';
import { Notifications } from '../../../lib/constructs/notifications/index.ts';
import { allowedActions } from './grants.ts';
import { cases, type Json, resourcesOf, warningsOfChatAlone } from './synthesized.ts';

const kinds = ['page', 'ticket', 'page-delivery', 'ticket-delivery'] as const;

describe.each(cases)('notifications of %s', (_name, { environment, templates }) => {
  const template = templates.Observability;
  const prefix = `${environment.project}-${environment.name}`;
  const topics = Object.fromEntries(
    kinds.map((kind) => [
      kind,
      resourcesOf(template, 'AWS::SNS::Topic').find(
        ({ Properties }) => Properties.TopicName === `${prefix}-${kind}`,
      )?.id,
    ]),
  );
  const subscriptions = resourcesOf(template, 'AWS::SNS::Subscription').map(({ Properties }) => Properties);
  const notifier = resourcesOf(template, 'AWS::Lambda::Function').find(
    ({ Properties }) => Properties.FunctionName === `${prefix}-alarm-notifier`,
  ) as { id: string; Properties: Json };

  test('the people that the environment names are told, by severity, of what the notifier says', () => {
    const told = subscriptions
      .filter(({ Protocol }) => Protocol === 'email')
      .map(({ Endpoint, TopicArn }) => [Endpoint, TopicArn.Ref]);
    const { page, ticket } = environment.alerts;
    expect(told).toEqual([
      ...page.map((address) => [address, topics['page-delivery']]),
      ...ticket.map((address) => [address, topics['ticket-delivery']]),
    ]);
  });

  test('the notifier takes both kinds of alarms, and each topic may call it', () => {
    const arn = { 'Fn::GetAtt': [notifier.id, 'Arn'] };
    const taken = subscriptions.filter(({ Protocol }) => Protocol === 'lambda');
    const both = [{ Ref: topics.page }, { Ref: topics.ticket }];
    expect(taken.map(({ Endpoint }) => Endpoint)).toEqual([arn, arn]);
    expect(taken.map(({ TopicArn }) => TopicArn)).toEqual(both);
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission')
      .map(({ Properties }) => Properties)
      .filter(({ Principal }) => Principal === 'sns.amazonaws.com');
    expect(permissions.map(({ SourceArn }) => SourceArn)).toEqual(both);
    expect(permissions.map(({ FunctionName }) => FunctionName)).toEqual([arn, arn]);
  });

  test('the notifier stands outside the VPC, and what it fails to take reaches those who are woken', () => {
    expect(notifier.Properties.VpcConfig).toBeUndefined();
    const config = resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').find(
      ({ Properties }) => Properties.FunctionName.Ref === notifier.id,
    )?.Properties;
    expect(config).toMatchObject({
      DestinationConfig: { OnFailure: { Destination: { Ref: topics['page-delivery'] } } },
      MaximumRetryAttempts: 1,
      // Longer than the minute that Lambda waits before it tries again.
      MaximumEventAgeInSeconds: 300,
    });
  });

  test('the notifier knows its topics, chat and runbooks, and its deadlines fit into its time', () => {
    const { Variables } = notifier.Properties.Environment;
    expect(Variables).toMatchObject({
      NOTIFIER_PREFIX: prefix,
      NOTIFIER_TICKET_TOPIC_ARN: { Ref: topics.ticket },
      NOTIFIER_PAGE_DELIVERY_TOPIC_ARN: { Ref: topics['page-delivery'] },
      NOTIFIER_TICKET_DELIVERY_TOPIC_ARN: { Ref: topics['ticket-delivery'] },
    });
    const { webhookSecret, runbooks } = environment.alerts;
    expect('NOTIFIER_WEBHOOK_SECRET_ID' in Variables).toBe(webhookSecret !== undefined);
    expect(Variables.RUNBOOK_BASE_URL).toBe(runbooks);
    const [read, send] = [Number(Variables.NOTIFIER_READ_TIMEOUT), Number(Variables.NOTIFIER_SEND_TIMEOUT)];
    // Secret, webhook twice, e-mail, once more as it came, its readers; and with the largest that may be set.
    for (const [reading, sending] of [
      [read, send],
      [settingDefinitions.NOTIFIER_READ_TIMEOUT.max, settingDefinitions.NOTIFIER_SEND_TIMEOUT.max],
    ] as const)
      expect(2 * reading + 6 * sending + 1).toBeLessThan(notifier.Properties.Timeout);
  });

  test('the notifier may look, publish to those who are told, and nothing else', () => {
    const actions = allowedActions(template, notifier.Properties.Role);
    const expected = [
      'cloudwatch:DescribeAlarmHistory',
      'cloudwatch:DescribeAlarms',
      'logs:CreateLogStream',
      'logs:FilterLogEvents',
      'logs:PutLogEvents',
      'sns:Publish',
      ...(environment.alerts.webhookSecret
        ? ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue', 'sns:GetTopicAttributes']
        : []),
    ];
    expect(new Set(actions.filter((action) => !action.startsWith('xray:')))).toEqual(new Set(expected));
    const policy = resourcesOf(template, 'AWS::IAM::Policy').find(
      ({ Properties }) => Properties.Roles[0].Ref === notifier.Properties.Role['Fn::GetAtt'][0],
    );
    const statement = (action: string) =>
      policy?.Properties.PolicyDocument.Statement.find(({ Action }: Json) =>
        [Action].flat().includes(action),
      );
    const lists = [{ Ref: topics['page-delivery'] }, { Ref: topics['ticket-delivery'] }];
    expect(statement('sns:Publish').Resource).toEqual(lists);
    if (environment.alerts.webhookSecret) expect(statement('sns:GetTopicAttributes').Resource).toEqual(lists);
    const groups = JSON.stringify(statement('logs:FilterLogEvents').Resource);
    for (const probe of ['connectivity', 'database-name', 'capacity', 'network-path'])
      expect(groups).toContain(`:log-group:/aws/lambda/${prefix}-${probe}-probe:*`);
  });

  test('topics take TLS only, and let the alarms of this account in', () => {
    const policies = resourcesOf(template, 'AWS::SNS::TopicPolicy');
    expect(policies).toHaveLength(kinds.length);
    for (const { Properties } of policies) {
      const statements = Properties.PolicyDocument.Statement;
      expect(statements).toContainEqual(
        expect.objectContaining({
          Effect: 'Allow',
          Action: 'sns:Publish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
      );
      expect(statements).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
    }
  });
});

test('without the notifier people get alarms as they are, from the topics that alarms publish to', () => {
  const stack = new Stack(new App(), 'Stack');
  const recipients = { page: ['a@example.com'], ticket: [] };
  const { delivery, topics, notifier } = new Notifications(stack, 'Notifications', {
    ...{ name: 'x', recipients, notifier: false },
  });
  expect([delivery, notifier]).toEqual([topics, undefined]);
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::SNS::Topic', 2);
  template.resourceCountIs('AWS::Lambda::Function', 0);
  template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'a@example.com' });
});

test.each(cases)(
  'of %s is said at synthesis where no address is paged',
  (_name, { environment, warnings }) => {
    const { page, webhookSecret } = environment.alerts;
    const { project, name } = environment;
    const who = webhookSecret === undefined ? 'Nobody' : 'Only a chat';
    const expected = new RegExp(
      `^${who} is paged: alerts\\.page of ${name} .*${project}-${name}-page-delivery`,
    );
    expect(warnings).toEqual(page.length > 0 ? [] : [expect.stringMatching(expected)]);
  },
);

test('a chat is no substitute for an address, and that is said at synthesis', () => {
  expect(warningsOfChatAlone).toEqual([
    expect.stringMatching(/^Only a chat is paged: .* what the notifier fails to take, reach nobody\./),
  ]);
});
