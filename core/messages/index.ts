export {
  type ModelReadyFacts,
  type ModelReadyToDeploy,
  modelReady,
  modelReadyType,
  tokenSymbolPattern,
} from './model-ready.ts';
export type { SqsBatchAnswer, SqsCommands, SqsEntry, SqsReceived, SqsReceiving } from './sqs/commands.ts';
export {
  type SqsConsumer,
  type SqsConsumerOptions,
  type SqsDepth,
  type SqsReceiveOptions,
  sqsConsumer,
} from './sqs/consume.ts';
export { sqsDownCause } from './sqs/failure.ts';
export type { SqsLeased } from './sqs/received.ts';
export { type SqsTransportOptions, sqsTransport } from './sqs/send.ts';
