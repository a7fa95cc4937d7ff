import { randomUUID } from 'node:crypto';
import { AwsError, type Operations } from './answer.ts';

/** A message to a topic, as the twin keeps it. */
export interface PublishedMessage {
  topicArn: string;
  subject: string | undefined;
  message: string;
  attributes: Readonly<Record<string, string>>;
}

/** `MessageAttributes.entry.N.Name` with `.Value.StringValue`. */
const attributesOf = (input: Readonly<Record<string, unknown>>): Record<string, string> => {
  const attributes: Record<string, string> = {};
  for (let place = 1; ; place += 1) {
    const entry = `MessageAttributes.entry.${place}`;
    const name = input[`${entry}.Name`];
    if (name === undefined) return attributes;
    attributes[String(name)] = String(input[`${entry}.Value.StringValue`] ?? '');
  }
};

/** Amazon SNS, API reference, Publish. */
const longestSubject = 100;
const longestMessage = 262_144;

const invalid = (what: string): AwsError => new AwsError('InvalidParameter', `Invalid parameter: ${what}`);

const unknownTopic = (): AwsError => new AwsError('NotFound', 'Topic does not exist', 404);

/** What SNS makes of those who call. */
export interface PublishState {
  /** Nobody may publish. */
  forbidden: boolean;
}

/** @param topics ARNs of the topics of the template, with the confirmed subscriptions of each */
export const snsOperations = (
  topics: ReadonlyMap<string, number>,
  receive: (published: PublishedMessage) => void,
  state: PublishState = { forbidden: false },
): Operations => ({
  Publish: (input) => {
    if (state.forbidden)
      throw new AwsError('AuthorizationError', 'User is not authorized to perform: SNS:Publish', 403);
    const { TopicArn: topicArn, Subject: subject, Message: message = '' } = input;
    if (!topics.has(String(topicArn))) throw unknownTopic();
    if (message === '') throw invalid('Empty message');
    const attributes = attributesOf(input);
    const bytes = Buffer.byteLength(`${message}${Object.entries(attributes).flat().join('')}`);
    if (bytes > longestMessage) throw invalid('Message too long');
    if (subject !== undefined && !/^[\x21-\x7e][\x20-\x7e]*$/.test(String(subject))) throw invalid('Subject');
    if (String(subject ?? '').length > longestSubject) throw invalid('Subject');
    receive({
      ...{ topicArn: String(topicArn), message: String(message), attributes },
      subject: subject === undefined ? undefined : String(subject),
    });
    return { MessageId: randomUUID() };
  },
  GetTopicAttributes: ({ TopicArn }) => {
    const confirmed = topics.get(String(TopicArn));
    if (confirmed === undefined) throw unknownTopic();
    const attributes = { TopicArn, SubscriptionsConfirmed: confirmed };
    const entry = Object.entries(attributes).map(([key, value]) => ({ key, value }));
    return { Attributes: { entry } };
  },
});
