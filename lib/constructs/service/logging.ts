import { AwsLogDriverMode, LogDrivers } from 'aws-cdk-lib/aws-ecs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Size } from 'aws-cdk-lib/core';

/**
 * Log driver of a container. Non-blocking: when the log service cannot be reached, lines are lost after the
 * buffer is full, and the process goes on.
 */
export const taskLogging = (logGroup: ILogGroup, streamPrefix: string) =>
  LogDrivers.awsLogs({
    logGroup,
    streamPrefix,
    mode: AwsLogDriverMode.NON_BLOCKING,
    // About two minutes of a busy task; the driver's own 1 MiB is lost in seconds.
    maxBufferSize: Size.mebibytes(16),
  });
