import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { detailType, type Watched, watchedCalls } from '../../../core/changes/index.ts';
import { BundledFunction } from '../function/index.ts';
import { ChangeTrail } from './change-trail.ts';
import { alternatives, type WatchedResources } from './watched-resources.ts';

export interface ChangeAuditProps {
  /** Prefix of the names. */
  name: string;
  /** Value of the dimension Environment. */
  environment: string;
  /** A trail that is there already; one is made unless it is named. */
  trail?: string;
  watched: WatchedResources;
  logRetention: RetentionDays;
}

/** Where the changes of an environment are written. */
export const changeLogGroup = (name: string): string => `/breakwater/${name}/changes`;

/** How the names of those functions begin that change the secrets on their schedule. */
const rotations = (name: string): string => `${name}-rotate-`;

/** EventBridge refuses an alternative without another. */
const anyOf = ([first, ...others]: readonly object[]): object =>
  others.length === 0 ? { ...first } : { $or: [first, ...others] };

/** Hours that a change which could not be recorded is tried again; what is older is in the trail. */
const patience = Duration.hours(6);

/**
 * Records who changed what past the files that define it. Calls to AWS come from a trail through EventBridge to
 * a function, which writes one line for each and counts it. It stands outside the VPC: it must work when
 * somebody has cut the VPC off.
 */
export class ChangeAudit extends Construct {
  readonly logGroupName: string;

  constructor(scope: Construct, id: string, props: ChangeAuditProps) {
    super(scope, id);
    if (props.trail === undefined) {
      new ChangeTrail(this, 'Trail', { name: props.name, retention: props.logRetention });
    }
    this.logGroupName = changeLogGroup(props.name);
    const { function: recorder } = new BundledFunction(this, 'Recorder', {
      bundle: 'change-recorder',
      functionName: `${props.name}-change-recorder`,
      description: 'Writes down who changed what by a call to AWS',
      environment: {
        ENVIRONMENT: props.environment,
        CHANGES_BY_FUNCTIONS: rotations(props.name),
        // AWS makes their roles in a stack below ours.
        CHANGES_BY_ROLES: `${props.name}-`,
      },
      timeout: Duration.seconds(10),
      memorySize: 128,
      logGroupName: this.logGroupName,
      logRetention: props.logRetention,
      // It must not miss an event.
      asynchronous: { retryAttempts: 2, maxEventAge: patience },
    });
    const which = alternatives(this, props.watched);
    for (const watched of Object.keys(watchedCalls) as Watched[]) {
      const { source, calls } = watchedCalls[watched];
      const ours = which[watched];
      if (ours === 'nothing') continue;
      new Rule(this, watched, {
        description: `Changes of ${props.name}: ${watched}`,
        eventPattern: {
          source: [source],
          detailType: [detailType],
          detail: {
            eventName: [...calls],
            ...(ours !== 'everything' && { requestParameters: anyOf(ours) }),
          },
        },
        targets: [new FunctionTarget(recorder, { retryAttempts: 185, maxEventAge: patience })],
      });
    }
  }
}
