import { randomUUID } from 'node:crypto';
import type { Alarm, Notification as AlarmNotification } from '../alarms/index.ts';
import type { PublishedMessage } from '../aws/index.ts';
import {
  bundledFunctions,
  createFunctionProcess,
  type FunctionProcess,
  functionArn,
  readFunction,
  type TwinEnvironment,
} from '../lambda/index.ts';
import { lambdaMetrics } from '../lambda-metrics.ts';
import type { Sample } from '../metrics/index.ts';
import type { Assembly, Resolve } from '../template/index.ts';
import { alarmMessage, alarmSubject } from './alarm-message.ts';
import type { Deliveries } from './deliveries.ts';
import {
  type AsynchronousRule,
  type FunctionSubscription,
  readAsynchronousRule,
  readSubscriptions,
  topicArns,
} from './subscriptions.ts';

/** Runs the actions of alarms that lead to topics of the template. */
export interface AlarmPublisher {
  /** One after the other: whoever is called reads the alarms as they all are now. */
  publish(ran: readonly Ran[], alarms: readonly Alarm[]): Promise<void>;
  /** What Lambda published of the runs since the last time. */
  take(): Sample[];
  stop(): Promise<void>;
}

/** That the actions of an alarm ran. */
export type Ran = Pick<AlarmNotification, 'transition' | 'actions'>;

export interface PublisherOptions {
  assembly: Assembly;
  resolve: Resolve;
  environment: TwinEnvironment;
  deliveries: Deliveries;
  /** Takes what functions printed: their name and their lines. */
  onLines?: (functionName: string, lines: readonly string[]) => void;
}

interface Subscriber extends AsynchronousRule {
  subscription: FunctionSubscription;
  process: FunctionProcess;
}

/** The event that SNS calls a function with (AWS Lambda, "Using AWS Lambda with Amazon SNS"). */
const snsEvent = (
  { topicArn, subject, message }: PublishedMessage,
  subscriptionArn: string,
  at: number,
): object => ({
  Records: [
    {
      EventVersion: '1.0',
      EventSubscriptionArn: subscriptionArn,
      EventSource: 'aws:sns',
      Sns: {
        ...{ Type: 'Notification', MessageId: randomUUID(), TopicArn: topicArn, Subject: subject },
        ...{ Message: message, Timestamp: new Date(at).toISOString(), MessageAttributes: {} },
        ...{ SignatureVersion: '1', Signature: '', SigningCertUrl: '', UnsubscribeUrl: '' },
      },
    },
  ],
});

const createSubscribers = ({ assembly, resolve, environment }: PublisherOptions): Subscriber[] => {
  const subscriptions = readSubscriptions(assembly, resolve);
  return bundledFunctions(assembly).flatMap((resource) => {
    const mine = subscriptions.filter((one) => one.functionArn === functionArn(resource, resolve));
    if (mine.length === 0) return [];
    const definition = readFunction(resource, resolve);
    // One process for all topics of a function, as it is one function.
    const process = createFunctionProcess(definition, environment);
    const rule = readAsynchronousRule(definition.name, assembly, resolve);
    return mine.map((subscription) => ({ subscription, process, ...rule }));
  });
};

/** What Lambda tells of a failed event (AWS Lambda, "Capturing records of asynchronous invocations"). */
const failureRecord = (
  arn: string,
  event: object,
  error: { type: string; message: string },
  runs: number,
): object => ({
  version: '1.0',
  timestamp: new Date().toISOString(),
  requestContext: {
    requestId: randomUUID(),
    functionArn: `${arn}:$LATEST`,
    condition: 'RetriesExhausted',
    approximateInvokeCount: runs,
  },
  requestPayload: event,
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  responsePayload: { errorType: error.type, errorMessage: error.message },
});

export const createAlarmPublisher = (options: PublisherOptions): AlarmPublisher => {
  const { assembly, resolve, deliveries, onLines } = options;
  const subscribers = createSubscribers(options);
  const topics = topicArns(assembly, resolve);
  const samples: Sample[] = [];

  const call = async (subscriber: Subscriber, published: PublishedMessage, at: number): Promise<void> => {
    const { process, subscription, retryAttempts, onFailure } = subscriber;
    const event = snsEvent(published, subscription.subscriptionArn, at);
    for (let run = 1; ; run += 1) {
      const { error, lines, durationMs } = await process.invoke(event);
      const outcome = { functionName: process.definition.name, failed: error !== undefined, durationMs };
      samples.push(...lambdaMetrics(outcome, at));
      onLines?.(process.definition.name, lines);
      if (!error) return;
      if (run <= retryAttempts) continue;
      const message = JSON.stringify(failureRecord(process.definition.arn, event, error, run));
      if (onFailure !== undefined && topics.has(onFailure))
        deliveries.receive({ topicArn: onFailure, subject: undefined, message, attributes: {} });
      return;
    }
  };

  const send = async (published: PublishedMessage, at: number): Promise<void> => {
    const called = subscribers.filter(({ subscription }) => subscription.topicArn === published.topicArn);
    // People subscribe to what no function takes.
    if (called.length === 0) deliveries.receive(published);
    for (const subscriber of called) await call(subscriber, published, at);
  };

  return {
    publish: async (ran, alarms) => {
      for (const { transition, actions } of ran) {
        const alarm = alarms.find(({ definition }) => definition.name === transition.alarm);
        for (const topicArn of alarm ? actions.filter((action) => topics.has(action)) : []) {
          const message = alarm ? JSON.stringify(alarmMessage(alarm, transition, alarms)) : '';
          const published = { topicArn, subject: alarmSubject(transition), message, attributes: {} };
          await send(published, transition.at);
        }
      }
    },
    take: () => samples.splice(0),
    stop: async () => {
      await Promise.all([...new Set(subscribers.map(({ process }) => process))].map((one) => one.stop()));
    },
  };
};
