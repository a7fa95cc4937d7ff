import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import type { SNSEvent } from 'aws-lambda';
import { readSettings } from '../../core/settings/index.ts';
import { secretFetcher } from '../../core/settings/secrets-manager.ts';
import { createAlarmReader } from './alarms.ts';
import { createReportReader } from './last-report.ts';
import { createPublish, createSubscribed } from './publish.ts';
import { type Notifier, notify, type Outcome } from './run.ts';
import { sendToWebhook } from './webhook.ts';

const settings = readSettings(process.env, { reader: 'alarm-notifier' });
const prefix = settings.get('NOTIFIER_PREFIX') ?? '';
const ticketTopic = settings.get('NOTIFIER_TICKET_TOPIC_ARN');
const webhookSecret = settings.get('NOTIFIER_WEBHOOK_SECRET_ID');
const sendTimeoutMs = settings.get('NOTIFIER_SEND_TIMEOUT') * 1_000;
const aws = { maxAttempts: 2 };
const sns = new SNSClient(aws);
const topics = {
  page: settings.get('NOTIFIER_PAGE_DELIVERY_TOPIC_ARN'),
  ticket: settings.get('NOTIFIER_TICKET_DELIVERY_TOPIC_ARN'),
};
const fetchSecret = secretFetcher(new SecretsManagerClient(aws));

const notifier: Notifier = {
  prefix,
  runbooks: settings.get('RUNBOOK_BASE_URL')?.href.replace(/\/+$/, ''),
  // Many alarms that change at the same time ask at the same time, and CloudWatch counts calls.
  alarms: createAlarmReader(new CloudWatchClient({ maxAttempts: 4 }), { prefix, ticketTopic }),
  reports: createReportReader(new CloudWatchLogsClient(aws), prefix),
  publish: createPublish(sns, topics, sendTimeoutMs),
  subscribed: createSubscribed(sns, topics, sendTimeoutMs),
  chat:
    webhookSecret === undefined
      ? undefined
      : (message) =>
          sendToWebhook(message, {
            secret: () => fetchSecret(webhookSecret),
            fetch,
            timeoutMs: sendTimeoutMs,
            pauseMs: 1_000,
          }),
  readTimeoutMs: settings.get('NOTIFIER_READ_TIMEOUT') * 1_000,
  write: (line) => process.stdout.write(`${line}\n`),
};

/** A topic that is not the one of tickets pages: rather woken for nothing than not woken. */
export const handler = async ({ Records: records }: SNSEvent): Promise<Outcome[]> => {
  const outcomes: Outcome[] = [];
  for (const { Sns } of records)
    outcomes.push(await notify(Sns.Message, Sns.TopicArn === ticketTopic ? 'ticket' : 'page', notifier));
  return outcomes;
};
