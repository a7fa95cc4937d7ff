export { MessageOperations, type MessageOperationsProps } from './message-operations.ts';
export { MessageQueue, type MessageQueueProps } from './message-queue.ts';
