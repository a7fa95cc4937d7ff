import { join } from 'node:path';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage, type FargateTaskDefinition, type LogDriver } from 'aws-cdk-lib/aws-ecs';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { projectRoot } from '../../project-root.ts';
import { acknowledge } from '../acknowledge.ts';

/** Host and port of the OTLP receiver. */
const receiver = '127.0.0.1:4318';

/** Where the service beside the collector sends its traces. */
export const collectorEndpoint = `http://${receiver}`;

/**
 * Takes traces over OTLP from the service beside it and sends them to X-Ray. It listens on the task's own
 * loopback only. Under memory pressure it drops traces; it never grows into the service's memory.
 */
const configuration = `
extensions:
  health_check: { endpoint: 127.0.0.1:13133 }
receivers:
  otlp: { protocols: { http: { endpoint: ${receiver} } } }
processors:
  memory_limiter: { check_interval: 1s, limit_mib: 100 }
  batch: { timeout: 5s }
exporters:
  awsxray: {}
service:
  extensions: [health_check]
  pipelines:
    traces: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [awsxray] }
`.trim();

/** Puts the OpenTelemetry collector beside the service and lets the task send traces. */
export const addCollector = (task: FargateTaskDefinition, logging: LogDriver): void => {
  task.addContainer('otel-collector', {
    // Mirrored into the deployment's own registry: it starts without the internet, and always the same.
    image: ContainerImage.fromAsset(join(projectRoot, 'lib', 'constructs', 'service', 'collector'), {
      platform: Platform.LINUX_ARM64,
    }),
    // Losing traces must not stop the service.
    essential: false,
    memoryLimitMiB: 128,
    readonlyRootFilesystem: true,
    environment: { AOT_CONFIG_CONTENT: configuration },
    logging,
  });
  task.addToTaskRolePolicy(
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
      resources: ['*'],
    }),
  );
  acknowledge(task.taskRole, {
    'IAM5[Resource::*]': 'X-Ray has no resource that could be named for segments.',
  });
};
