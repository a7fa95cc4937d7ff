import type { Assembly, Resolve } from '../template/index.ts';

/** A function that a topic calls. */
export interface FunctionSubscription {
  topicArn: string;
  functionArn: string;
  subscriptionArn: string;
}

/** The functions that topics of the template call. */
export const readSubscriptions = (assembly: Assembly, resolve: Resolve): FunctionSubscription[] =>
  assembly.ofType('AWS::SNS::Subscription').flatMap(({ properties, stack, logicalId }) => {
    if (properties.Protocol !== 'lambda') return [];
    const topicArn = String(resolve(properties.TopicArn, stack));
    const functionArn = String(resolve(properties.Endpoint, stack));
    return [{ topicArn, functionArn, subscriptionArn: `${topicArn}:${logicalId}` }];
  });

/**
 * The topics of the template, each with its subscriptions. People confirm theirs; here they all have.
 */
export const subscriptionCounts = (assembly: Assembly, resolve: Resolve): ReadonlyMap<string, number> => {
  const subscribed = assembly
    .ofType('AWS::SNS::Subscription')
    .map(({ properties, stack }) => String(resolve(properties.TopicArn, stack)));
  return new Map(
    [...topicArns(assembly, resolve)].map((arn) => [arn, subscribed.filter((one) => one === arn).length]),
  );
};

export const topicArns = (assembly: Assembly, resolve: Resolve): ReadonlySet<string> =>
  new Set(
    assembly
      .ofType('AWS::SNS::Topic')
      .map(({ logicalId, stack }) => String(resolve({ Ref: logicalId }, stack))),
  );

/** What Lambda does with an event that a function failed to take. */
export interface AsynchronousRule {
  /** Further runs. */
  retryAttempts: number;
  /** ARN that is told in the end. */
  onFailure: string | undefined;
}

interface DestinationConfig {
  OnFailure?: { Destination?: string };
}

/** @param functionName as `Ref` gives it; without a rule Lambda tries twice more and tells nobody */
export const readAsynchronousRule = (
  functionName: string,
  assembly: Assembly,
  resolve: Resolve,
): AsynchronousRule => {
  const found = assembly
    .ofType('AWS::Lambda::EventInvokeConfig')
    .find(({ properties, stack }) => resolve(properties.FunctionName, stack) === functionName);
  if (!found) return { retryAttempts: 2, onFailure: undefined };
  const { properties, stack } = found;
  const destination = resolve(properties.DestinationConfig, stack) as DestinationConfig | undefined;
  return {
    retryAttempts: Number(properties.MaximumRetryAttempts ?? 2),
    onFailure: destination?.OnFailure?.Destination,
  };
};
