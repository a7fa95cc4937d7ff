import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

export interface MessageQueueProps {
  /** Without the ending `.fifo`. */
  queueName: string;
}

/** A FIFO queue, ordered per key, and the queue for what three deliveries could not bring home. */
export class MessageQueue extends Construct {
  readonly queue: IQueue;
  readonly deadLetters: IQueue;

  constructor(scope: Construct, id: string, { queueName }: MessageQueueProps) {
    super(scope, id);
    const shared = { fifo: true, encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
    // The longest that SQS keeps anything: people need time to look.
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...shared,
      queueName: `${queueName}-dead-letters.fifo`,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      ...shared,
      queueName: `${queueName}.fifo`,
      // A consumer that died gives its message back after this long.
      visibilityTimeout: Duration.seconds(120),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 3 },
    });
  }
}
