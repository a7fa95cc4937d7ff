import type { Flow } from './flows.ts';
import { type GroupParty, hasGroup, type Party } from './parties.ts';

/** The other side of a rule: a group where the party has one, else its addresses. */
export type Peer = { group: GroupParty } | { cidr: string };

export interface SecurityGroupRule {
  group: GroupParty;
  direction: 'ingress' | 'egress';
  peer: Peer;
  port: number;
  why: string;
}

/**
 * The rules of every security group, both ends of each flow: groups are stateful, so a flow needs an egress
 * rule at its client and an ingress rule at its server and nothing for the answers.
 * @param vpcCidr the range of the VPC, which stands for parties inside it that have no group of ours
 */
export const securityGroupRules = (flows: readonly Flow[], vpcCidr: string): SecurityGroupRule[] => {
  const peer = (party: Party): Peer => {
    if (hasGroup(party)) return { group: party };
    return { cidr: party === 'internet' ? '0.0.0.0/0' : vpcCidr };
  };
  return flows.flatMap(({ from, to, port, why }) => {
    const rules: SecurityGroupRule[] = [];
    if (hasGroup(from)) rules.push({ group: from, direction: 'egress', peer: peer(to), port, why });
    if (hasGroup(to)) rules.push({ group: to, direction: 'ingress', peer: peer(from), port, why });
    return rules;
  });
};
