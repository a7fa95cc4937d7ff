import {
  type ContainerDefinition,
  type ContainerImage,
  FargateTaskDefinition,
  Secret as TaskSecret,
} from 'aws-cdk-lib/aws-ecs';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Reader, SettingName } from '../../../core/settings/index.ts';
import { acknowledge } from '../acknowledge.ts';
import { deriveSettings, type Settings } from '../settings/index.ts';
import { runtimePlatform } from './image.ts';
import { taskLogging } from './logging.ts';

export interface TaskSecrets {
  /** Five keys; the password is injected, and the secret may be read again when it is rejected. */
  application: ISecret;
  /** Key `auth_token`; absent without a cache. */
  cache?: ISecret | undefined;
  /** The operator token; the service alone may read it, when an operator comes with one. */
  operator?: ISecret | undefined;
}

export interface TaskProps {
  reader: Reader & ('service' | 'migrate');
  family: string;
  containerName: string;
  image: ContainerImage;
  /** As in `CMD`; the image's own unless given. */
  command?: string[];
  cpu: number;
  memoryMiB: number;
  settings: { provided: Settings; overrides: Settings };
  secrets: TaskSecrets;
  executionRole: IRole;
  logGroup: ILogGroup;
}

/** What the service itself takes from SIGTERM to its end, and 10 s more; 120 s is the most that Fargate allows. */
const stopTimeoutFor = ({
  SHUTDOWN_DELAY: delay,
  SHUTDOWN_TIMEOUT: timeout,
}: Record<string, string>): Duration =>
  Duration.seconds(Math.min(120, Math.ceil(Number(delay) + Number(timeout)) + 10));

/**
 * Liveness as ECS asks for it. The image has no curl; Node is there. `HEALTHCHECK` in service/Dockerfile says
 * the same for whoever runs the image elsewhere; a test compares the two.
 */
const liveness = {
  command: [
    'CMD',
    'node',
    '-e',
    "fetch('http://127.0.0.1:'+(process.env.API_PORT||8001)+'/live').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))",
  ],
  interval: Duration.seconds(15),
  timeout: Duration.seconds(5),
  // A process that hangs is replaced after 3 x 15 s; one long pause does not count.
  retries: 3,
  // Start and first connection take seconds; a slow image pull does not count into it.
  startPeriod: Duration.seconds(30),
};

/** One container of the image with the settings of its reader, and roles that may do just that. */
export class Task extends Construct {
  readonly definition: FargateTaskDefinition;
  readonly container: ContainerDefinition;

  constructor(scope: Construct, id: string, props: TaskProps) {
    super(scope, id);
    const { application, cache, operator } = props.secrets;
    const taskRole = new Role(this, 'TaskRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: `What the process of ${props.family} may do`,
    });
    this.definition = new FargateTaskDefinition(this, 'Definition', {
      family: props.family,
      cpu: props.cpu,
      memoryLimitMiB: props.memoryMiB,
      runtimePlatform,
      taskRole,
      executionRole: props.executionRole,
    });
    acknowledge(this.definition, {
      ECS2: 'The environment holds no secret (a test looks); secrets come from Secrets Manager by reference.',
    });

    const serves = props.reader === 'service';
    const secrets: Partial<Record<SettingName, TaskSecret>> = {
      DATABASE_PASSWORD: TaskSecret.fromSecretsManager(application, 'password'),
      ...(serves && cache && { REDIS_AUTH_TOKEN: TaskSecret.fromSecretsManager(cache, 'auth_token') }),
    };
    const environment = deriveSettings(props.reader, {
      ...props.settings,
      secrets: Object.keys(secrets) as SettingName[],
    });
    application.grantRead(taskRole);
    if (serves) for (const secret of [cache, operator]) secret?.grantRead(taskRole);

    this.container = this.definition.addContainer('Container', {
      containerName: props.containerName,
      image: props.image,
      ...(props.command && { command: props.command }),
      environment,
      secrets,
      essential: true,
      readonlyRootFilesystem: true,
      logging: taskLogging(props.logGroup, props.reader),
      ...(serves && {
        portMappings: [{ containerPort: Number(environment.API_PORT) }],
        healthCheck: liveness,
        stopTimeout: stopTimeoutFor(environment),
      }),
    });
  }
}
