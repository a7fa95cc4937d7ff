import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type ISubnet,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Egress } from '../../environments/index.ts';

export interface NetworkProps {
  name: string;
  /** A /16; each subnet takes a /24 of it. */
  cidr: string;
  /** Names of 2 or 3 zones. */
  zones: readonly string[];
  egress: Egress;
  logRetention: RetentionDays;
}

/** Room is kept for this many zones, so that a further one does not move the subnets that exist. */
const plannedZones = 3;

const natGateways = ({ egress, zones }: NetworkProps): number =>
  ({ 'nat-shared': 1, 'nat-per-zone': zones.length, endpoints: 0 })[egress];

/** A VPC with public, client (private) and data (isolated) subnets in every zone, and flow logs. */
export class Network extends Construct {
  readonly vpc: Vpc;
  readonly clientSubnets: SubnetSelection = { subnetGroupName: 'client' };
  readonly dataSubnets: SubnetSelection = { subnetGroupName: 'data' };

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const { zones, egress } = props;
    if (zones.length < 2 || zones.length > plannedZones) {
      throw new RangeError(
        `Environment ${props.name} names ${zones.length} zones; write 2 or ${plannedZones}, because RDS and the load balancer need two.`,
      );
    }
    this.vpc = new Vpc(this, 'Vpc', {
      vpcName: props.name,
      ipAddresses: IpAddresses.cidr(props.cidr),
      availabilityZones: [...zones],
      reservedAzs: plannedZones - zones.length,
      natGateways: natGateways(props),
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        {
          name: 'client',
          subnetType: egress === 'endpoints' ? SubnetType.PRIVATE_ISOLATED : SubnetType.PRIVATE_WITH_EGRESS,
          cidrMask: 24,
        },
        { name: 'data', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
      restrictDefaultSecurityGroup: true,
      // Image layers and function code come from S3; through the gateway they cost nothing and need no NAT.
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3, subnets: [this.clientSubnets] },
      },
    });
    this.vpc.addFlowLog('FlowLog', {
      destination: FlowLogDestination.toCloudWatchLogs(
        new LogGroup(this, 'FlowLogs', {
          logGroupName: `/vpc/${props.name}`,
          retention: props.logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      ),
    });
  }

  /** Ids of the route tables of all subnets. */
  get routeTableIds(): string[] {
    const { publicSubnets, privateSubnets, isolatedSubnets } = this.vpc;
    return [...publicSubnets, ...privateSubnets, ...isolatedSubnets].map(
      ({ routeTable }) => routeTable.routeTableId,
    );
  }

  /** Subnets of one group, with literal ranges. */
  subnets(selection: SubnetSelection): ISubnet[] {
    return this.vpc.selectSubnets(selection).subnets;
  }
}
