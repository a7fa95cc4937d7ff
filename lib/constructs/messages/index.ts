export { MessageQueue, type MessageQueueProps } from './message-queue.ts';
