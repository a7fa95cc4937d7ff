import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Duration } from 'aws-cdk-lib/core';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { BundledFunction, type FunctionNetwork } from '../function/index.ts';
import { deriveSettings, type Settings } from '../settings/index.ts';

export interface BootstrapProps {
  functionName: string;
  network: FunctionNetwork;
  /** Host, port, name and user of the database, the environment's name, and what the environment file sets. */
  settings: { provided: Settings; overrides: Settings };
  secrets: {
    /** Of the master user, whom only this function may be. */
    master: ISecret;
    application: ISecret;
    capacityProbe: ISecret;
    messageOperations: ISecret;
  };
  /** What must stand before it can run: the instance, its network, the way to Secrets Manager. */
  after: readonly Construct[];
  logRetention: RetentionDays;
}

/** Creates the roles, the database and the grants; runs in every deployment that changes it, and may repeat. */
export class Bootstrap extends Construct {
  readonly run: Trigger;

  constructor(scope: Construct, id: string, props: BootstrapProps) {
    super(scope, id);
    const { master, application, capacityProbe, messageOperations } = props.secrets;
    const { function: handler, role } = new BundledFunction(this, 'Bootstrap', {
      bundle: 'bootstrap',
      functionName: props.functionName,
      description:
        'Creates the application role, the database, its grants and the roles of probe and operators',
      environment: deriveSettings('bootstrap', {
        provided: {
          ...props.settings.provided,
          DATABASE_SECRET_ID: application.secretArn,
          DATABASE_MASTER_SECRET_ID: master.secretArn,
          CAPACITY_PROBE_SECRET_ID: capacityProbe.secretArn,
          MESSAGE_OPERATIONS_SECRET_ID: messageOperations.secretArn,
        },
        overrides: props.settings.overrides,
      }),
      timeout: Duration.minutes(2),
      network: props.network,
      logRetention: props.logRetention,
    });
    for (const secret of [master, application, capacityProbe, messageOperations]) secret.grantRead(role);
    this.run = new Trigger(this, 'Run', {
      handler,
      timeout: Duration.minutes(3),
      executeAfter: [...props.after],
    });
  }
}
