/** SQS, when messages go through it: the SDK of AWS is loaded only then. */
import type { SqsClient, SqsClientOptions } from './sqs-client.ts';

export const openSqs = async (options: SqsClientOptions): Promise<SqsClient> => {
  const { sqsClient } = await import('./sqs-client.ts');
  return sqsClient(options);
};
