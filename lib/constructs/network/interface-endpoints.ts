import {
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type ISecurityGroup,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/** The AWS APIs that tasks and functions call, and by whom. */
const services = {
  EcrApi: InterfaceVpcEndpointAwsService.ECR, // task start: image manifest
  EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER, // task start: image
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS, // log driver of the tasks
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER, // tasks, probes, bootstrap, rotation
  Sqs: InterfaceVpcEndpointAwsService.SQS, // messages
  XRay: InterfaceVpcEndpointAwsService.XRAY, // collector
  Rds: InterfaceVpcEndpointAwsService.RDS, // database-name probe
  Ecs: InterfaceVpcEndpointAwsService.ECS, // database-name probe
};

export interface InterfaceEndpointsProps {
  vpc: IVpc;
  subnets: SubnetSelection;
  securityGroup: ISecurityGroup;
}

/** Private ways to AWS APIs, for a network without NAT. */
export class InterfaceEndpoints extends Construct {
  constructor(scope: Construct, id: string, { vpc, subnets, securityGroup }: InterfaceEndpointsProps) {
    super(scope, id);
    for (const [name, service] of Object.entries(services)) {
      new InterfaceVpcEndpoint(this, name, {
        vpc,
        service,
        subnets,
        securityGroups: [securityGroup],
        privateDnsEnabled: true,
        // The group's rules come from the network model.
        open: false,
      });
    }
  }
}
