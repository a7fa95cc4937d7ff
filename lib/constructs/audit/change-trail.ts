import { ReadWriteType, Trail } from 'aws-cdk-lib/aws-cloudtrail';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

export interface ChangeTrailProps {
  name: string;
  /** Days that its files are kept. */
  retention: RetentionDays;
}

/**
 * A trail of the calls that write, in this region: without one EventBridge gets no events of calls. The services
 * that are watched are regional, so that one region is enough.
 */
export class ChangeTrail extends Construct {
  constructor(scope: Construct, id: string, { name, retention }: ChangeTrailProps) {
    super(scope, id);
    new Trail(this, 'Trail', {
      trailName: name,
      bucket: new Bucket(this, 'Files', {
        blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
        encryption: BucketEncryption.S3_MANAGED,
        enforceSSL: true,
        serverAccessLogsPrefix: 'bucket/',
        lifecycleRules: [{ expiration: Duration.days(retention) }],
        removalPolicy: RemovalPolicy.RETAIN,
      }),
      managementEvents: ReadWriteType.WRITE_ONLY,
      isMultiRegionTrail: false,
      includeGlobalServiceEvents: false,
      enableFileValidation: true,
    });
  }
}
