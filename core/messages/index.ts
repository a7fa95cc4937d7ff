export { type DeadLetterEntry, type Envelope, envelopeOf, readDeadLetter, readEnvelope } from './envelope.ts';
export { firstTime, forgetReceived } from './inbox.ts';
export type {
  FailedAttempt,
  Leased,
  LeaseOutcome,
  MessageFilter,
  MessageState,
  NewMessage,
  Peeked,
  QueueDepth,
} from './message.ts';
export {
  type ModelReadyFacts,
  type ModelReadyToDeploy,
  modelReady,
  modelReadyType,
  tokenSymbolPattern,
} from './model-ready.ts';
export {
  formatDead,
  formatOperation,
  isOperation,
  type MessageRequest,
  type OperationName,
  type OperationResult,
  type OperationTools,
  operationNames,
  optionsOf,
  type RefusedResult,
  readRequest,
  refused,
  runOperation,
} from './operations/index.ts';
export { keyOf } from './ordering-key.ts';
export { claim } from './outbox/claim.ts';
export { type CleanUpOptions, cleanUp } from './outbox/clean-up.ts';
export { buryConsumed, depth, peek, purge, redrive } from './outbox/inspect.ts';
export { demandReadable, MessageRefused } from './outbox/judge.ts';
export { acknowledge, deadLetter, extend, reject, release } from './outbox/lease.ts';
export { channel, type PublishResult, publish, publishBatch } from './outbox/publish.ts';
export { isUuid } from './outbox/rows.ts';
export { type CareReport, careForLists } from './redis/care.ts';
export { type ListDepth, listDepth, type WrongKey, wrongKeyText } from './redis/depth.ts';
export { policyThatDropsLists } from './redis/eviction.ts';
export { type Held, heldIn, type LookAtHeld, mostHeld } from './redis/held.ts';
export { keysOf, type RedisCommands } from './redis/keys.ts';
export { redisTransport } from './redis/send.ts';
export { type PassReport, relayPass } from './relay/pass.ts';
export { Relay, type RelayEvents } from './relay/relay.ts';
export type { Sql, SqlDatabase, SqlResult } from './sql.ts';
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
export { deepest, faultIn } from './storable.ts';
export { MemoryChanged, type SendResult, type Transport, TransportDown } from './transport.ts';
