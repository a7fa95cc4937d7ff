import {
  AclCidr,
  AclTraffic,
  Action,
  type ISubnet,
  type IVpc,
  NetworkAcl,
  type SubnetSelection,
  TrafficDirection,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { type Flow, networkAclEntries } from '../../../core/network/index.ts';
import { acknowledge } from '../acknowledge.ts';

export interface DataSubnetAclProps {
  vpc: IVpc;
  flows: readonly Flow[];
  /** Subnets of the clients; their ranges must be literal. */
  clientSubnets: readonly ISubnet[];
  dataSubnets: SubnetSelection;
}

/** The network ACL of the data subnets, with exactly the entries of the model. */
export class DataSubnetAcl extends Construct {
  readonly acl: NetworkAcl;

  constructor(scope: Construct, id: string, props: DataSubnetAclProps) {
    super(scope, id);
    const { vpc, flows, clientSubnets, dataSubnets } = props;
    this.acl = new NetworkAcl(this, 'Acl', { vpc, subnetSelection: dataSubnets });
    const entries = networkAclEntries(flows, {
      client: clientSubnets.map(({ ipv4CidrBlock }) => ipv4CidrBlock),
      data: vpc.selectSubnets(dataSubnets).subnets.map(({ ipv4CidrBlock }) => ipv4CidrBlock),
    });
    for (const { number, direction, cidr, fromPort, toPort } of entries) {
      this.acl.addEntry(`${direction}-${number}`, {
        ruleNumber: number,
        direction: direction === 'ingress' ? TrafficDirection.INGRESS : TrafficDirection.EGRESS,
        cidr: AclCidr.ipv4(cidr),
        traffic: AclTraffic.tcpPortRange(fromPort, toPort),
        ruleAction: Action.ALLOW,
      });
    }
    acknowledge(this.acl, {
      VPC3: 'A second, stateless fence around the data is wanted; model, template test and path probe keep it right.',
    });
  }
}
