import {
  CfnSecurityGroup,
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
} from 'aws-cdk-lib/aws-ec2';
import { Tags } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import {
  type Flow,
  type GroupParty,
  hasGroup,
  parties,
  securityGroupRules,
} from '../../../core/network/index.ts';
import { acknowledge } from '../acknowledge.ts';

export interface SecurityGroupsProps {
  vpc: IVpc;
  /** Literal range of the VPC. */
  vpcCidr: string;
  /** Prefix of the names of the groups. */
  name: string;
  flows: readonly Flow[];
}

/** An egress rule that matches nothing: ICMP of a type that does not exist, to an address that cannot be. */
const nowhere = {
  CidrIp: '255.255.255.255/32',
  Description: 'Opens no connection to an address',
  IpProtocol: 'icmp',
  FromPort: 252,
  ToPort: 86,
};

/** The security groups of all parties that take part in the flows, with exactly the rules of the model. */
export class SecurityGroups extends Construct {
  readonly #groups = new Map<GroupParty, ISecurityGroup>();

  constructor(scope: Construct, id: string, { vpc, vpcCidr, name, flows }: SecurityGroupsProps) {
    super(scope, id);
    const taking = new Set(flows.flatMap(({ from, to }) => [from, to]).filter(hasGroup));
    for (const party of taking) {
      const group = new SecurityGroup(this, party, {
        vpc,
        description: parties[party].doc,
        allowAllOutbound: false,
      });
      Tags.of(group).add('Name', `${name}-${party}`);
      this.#groups.set(party, group);
    }
    for (const rule of securityGroupRules(flows, vpcCidr)) {
      const group = this.of(rule.group);
      const peer = 'cidr' in rule.peer ? Peer.ipv4(rule.peer.cidr) : this.of(rule.peer.group);
      if (rule.direction === 'ingress') group.addIngressRule(peer, Port.tcp(rule.port), rule.why);
      else group.addEgressRule(peer, Port.tcp(rule.port), rule.why);
    }
    for (const party of taking) this.#closeEgress(party, flows);
    if (taking.has('load-balancer')) {
      acknowledge(this.of('load-balancer'), {
        EC23: 'The API is public; this group opens its listeners only.',
      });
    }
  }

  /**
   * EC2 lets a new group reach everything unless its own resource lists an egress rule. Rules to other groups
   * are resources of their own, so a group that has only those gets one that matches nothing.
   */
  #closeEgress(party: GroupParty, flows: readonly Flow[]): void {
    if (flows.some(({ from, to }) => from === party && !hasGroup(to))) return;
    const resource = this.of(party).node.defaultChild;
    if (resource instanceof CfnSecurityGroup) resource.addPropertyOverride('SecurityGroupEgress', [nowhere]);
  }

  /** Ids of all groups. */
  get ids(): string[] {
    return [...this.#groups.values()].map(({ securityGroupId }) => securityGroupId);
  }

  /**
   * The group of a party.
   * @throws Error when the party takes part in no flow
   */
  of(party: GroupParty): ISecurityGroup {
    const group = this.#groups.get(party);
    if (!group) throw new Error(`No flow of the network model has the party '${party}'.`);
    return group;
  }
}
