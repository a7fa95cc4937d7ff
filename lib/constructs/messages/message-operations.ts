import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { BundledFunction, type FunctionNetwork } from '../function/index.ts';
import { deriveSettings, type Settings } from '../settings/index.ts';

export interface MessageOperationsProps {
  functionName: string;
  /** Subnets and group of the clients: the database and the cache admit those. */
  network: FunctionNetwork;
  /** With MESSAGE_OPERATIONS_SECRET_ID, whose role may do nothing else. */
  settings: { provided: Settings; overrides?: Settings };
  /** The secrets that its settings name. */
  secrets: readonly ISecret[];
  tracing?: boolean;
  logRetention: RetentionDays;
}

/**
 * Longest run: a redrive of as many messages as one may have, in parts with pauses. The function itself refuses one
 * that would take longer than it has.
 */
const longestRun = Duration.minutes(5);

/**
 * What operators call, who are not in the VPC: depth, peek, redrive and purge of messages. Nothing else calls it; who
 * may, is a matter of `lambda:InvokeFunction` on its name.
 */
export class MessageOperations extends Construct {
  readonly function: IFunction;

  constructor(scope: Construct, id: string, props: MessageOperationsProps) {
    super(scope, id);
    const { function: handler, role } = new BundledFunction(this, 'Operations', {
      bundle: 'message-operations',
      functionName: props.functionName,
      description: 'Depth, peek, redrive and purge of messages, for operators',
      environment: deriveSettings('message-operations', props.settings),
      timeout: longestRun,
      network: props.network,
      tracing: props.tracing ?? false,
      logRetention: props.logRetention,
    });
    for (const secret of props.secrets) secret.grantRead(role);
    this.function = handler;
  }
}
