import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { type Reader, settingDefinitions } from '../../../core/settings/index.ts';
import { BundledFunction, type FunctionNetwork } from '../function/index.ts';
import { deriveSettings, type Settings } from '../settings/index.ts';

export type ProbeReader = Reader & `${string}-probe`;

export interface ProbeProps {
  /** Which probe: its folder in `lambdas/`. */
  probe: ProbeReader;
  functionName: string;
  /**
   * The subnets and the group of the clients whose way to the dependencies is to be proven. Absent for a probe
   * that must report when nothing in there gets through: it runs outside the VPC.
   */
  network?: FunctionNetwork;
  settings: { provided: Settings; overrides?: Settings };
  /** The secrets that its settings name. */
  secrets: readonly ISecret[];
  /** What it may read beside them. */
  statements?: readonly PolicyStatement[];
  /** Minutes between two runs. */
  everyMinutes: number;
  tracing?: boolean;
  logRetention: RetentionDays;
}

/** Seconds after which Lambda stops a probe: longer than any deadline of one should be, and shorter than the shortest schedule. */
export const functionTimeout = 30;

/** What a run may need after its deadline to report: writing the line, closing connections. */
const reportTime = 5;

/**
 * A scheduled function that checks connections, from where the clients stand unless it says otherwise. A run that could not start in
 * time is not made up for: an old answer would count as a new one. Its metrics leave through its log.
 */
export class Probe extends Construct {
  readonly functionName: string;
  readonly function: IFunction;
  readonly role: IRole;

  constructor(scope: Construct, id: string, props: ProbeProps) {
    super(scope, id);
    const environment = deriveSettings(props.probe, props.settings);
    const deadline = Number(environment.PROBE_DEADLINE ?? settingDefinitions.PROBE_DEADLINE.default);
    if (deadline > functionTimeout - reportTime) {
      throw new RangeError(
        `PROBE_DEADLINE is ${deadline} s, and the function is stopped after ${functionTimeout} s; write ${functionTimeout - reportTime} or less.`,
      );
    }
    const { function: handler, role } = new BundledFunction(this, 'Probe', {
      bundle: props.probe,
      functionName: props.functionName,
      description: `Checks connections every ${props.everyMinutes} min and names the cause of what fails`,
      environment,
      timeout: Duration.seconds(functionTimeout),
      ...(props.network && { network: props.network }),
      tracing: props.tracing ?? false,
      logRetention: props.logRetention,
    });
    for (const secret of props.secrets) secret.grantRead(role);
    for (const statement of props.statements ?? []) role.addToPolicy(statement);
    this.functionName = handler.functionName;
    this.function = handler;
    this.role = role;
    new Rule(this, 'Schedule', {
      description: `Runs ${props.functionName}`,
      schedule: Schedule.rate(Duration.minutes(props.everyMinutes)),
      targets: [new FunctionTarget(handler, { retryAttempts: 0, maxEventAge: Duration.seconds(60) })],
    });
  }
}
