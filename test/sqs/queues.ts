import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Template } from 'aws-cdk-lib/assertions';
import { App, Stack } from 'aws-cdk-lib/core';
import { MessageQueue } from '../../lib/constructs/messages/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: resources of a template
type Json = any;

export interface Queues {
  queueUrl: string;
  deadLettersUrl: string;
}

/** Properties of CloudFormation that are no attributes of the queue. */
const others = ['QueueName', 'Tags'];

/** What the construct of the deployment makes, by the names of the queues. */
const definitions = (queueName: string): { name: string; properties: Json }[] => {
  const stack = new Stack(new App(), 'Queues');
  new MessageQueue(stack, 'Messages', { queueName });
  const queues = Object.values(Template.fromStack(stack).findResources('AWS::SQS::Queue'));
  return queues.map(({ Properties }: Json) => ({ name: Properties.QueueName, properties: Properties }));
};

const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:123456789012:${name}`;

const attributesOf = (properties: Json, deadLetters: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => !others.includes(name))
      .map(([name, value]) => [
        name,
        name === 'RedrivePolicy'
          ? JSON.stringify({ ...(value as Json), deadLetterTargetArn: arnOf(deadLetters) })
          : String(value),
      ]),
  );

/** Makes the queue and that of its dead letters as the deployment does, with what differs. */
export const createQueues = async (
  endpoint: string,
  name: string,
  differences: Record<string, string> = {},
): Promise<Queues> => {
  const client = new SQSClient({ endpoint });
  const defined = definitions(name);
  const deadLetters = defined.find(({ properties }) => !properties.RedrivePolicy);
  const queue = defined.find(({ properties }) => properties.RedrivePolicy);
  if (!deadLetters || !queue) throw new Error('the construct makes other queues than this expects');
  const create = async (definition: typeof queue, more: Record<string, string>): Promise<string> => {
    const Attributes = { ...attributesOf(definition.properties, deadLetters.name), ...more };
    const { QueueUrl } = await client.send(
      new CreateQueueCommand({ QueueName: definition.name, Attributes }),
    );
    return String(QueueUrl);
  };
  try {
    const deadLettersUrl = await create(deadLetters, {});
    return { deadLettersUrl, queueUrl: await create(queue, differences) };
  } finally {
    client.destroy();
  }
};
