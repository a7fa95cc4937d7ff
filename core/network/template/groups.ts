/** The security groups of templates, their rules inline and apart, and the default group of the VPC. */
import {
  allPorts,
  type GroupPeer,
  type GroupRule,
  portsOf,
  protocolOf,
  type SecurityGroup,
} from '../paths/index.ts';
import { namedOf } from './names.ts';
import type { NamedResource } from './values.ts';

type RuleProperties = Readonly<Record<string, string | number | undefined>>;

const peersOf = (rule: RuleProperties): GroupPeer[] => {
  const group = rule.SourceSecurityGroupId ?? rule.DestinationSecurityGroupId;
  const list = rule.SourcePrefixListId ?? rule.DestinationPrefixListId;
  const account = rule.SourceSecurityGroupOwnerId;
  const cidrs = [rule.CidrIp, rule.CidrIpv6].filter((cidr) => cidr !== undefined);
  return [
    ...cidrs.map((cidr) => ({ cidr: String(cidr) })),
    ...(group === undefined
      ? []
      : [{ group: String(group), ...(account !== undefined && { account: String(account) }) }]),
    ...(list === undefined ? [] : [{ prefixList: String(list) }]),
  ];
};

const rulesOf = (rule: RuleProperties): GroupRule[] =>
  peersOf(rule).map((peer) => {
    const protocol = protocolOf(rule.IpProtocol);
    return { protocol, ports: portsOf(protocol, rule.FromPort, rule.ToPort), peer };
  });

const toEverywhere: GroupRule = { protocol: 'all', ports: allPorts, peer: { cidr: '0.0.0.0/0' } };

const ruleProperties = [
  ...['IpProtocol', 'FromPort', 'ToPort', 'CidrIp', 'CidrIpv6', 'SourceSecurityGroupId'],
  ...['DestinationSecurityGroupId', 'SourcePrefixListId', 'DestinationPrefixListId'],
  'SourceSecurityGroupOwnerId',
];

export const groupsOf = (resources: readonly NamedResource[], vpc: string): SecurityGroup[] => {
  const apart = (type: string, group: string): GroupRule[] =>
    resources
      .filter((rule) => rule.type === type && rule.property('GroupId') === group)
      .flatMap((rule) =>
        rulesOf(Object.fromEntries(ruleProperties.map((name) => [name, rule.property<string>(name)]))),
      );
  const defined = resources
    .filter(({ type }) => type === 'AWS::EC2::SecurityGroup')
    .map((group): SecurityGroup => {
      const inline = (name: string) => (group.property<RuleProperties[]>(name) ?? []).flatMap(rulesOf);
      const egress = inline('SecurityGroupEgress');
      return {
        ...namedOf(group),
        ingress: [...inline('SecurityGroupIngress'), ...apart('AWS::EC2::SecurityGroupIngress', group.id)],
        // A group without a rule of its own gets one that allows all.
        egress: [
          ...(egress.length > 0 ? egress : [toEverywhere]),
          ...apart('AWS::EC2::SecurityGroupEgress', group.id),
        ],
      };
    });
  const own = `${vpc}.DefaultSecurityGroup`;
  const amongItself: GroupRule = { protocol: 'all', ports: allPorts, peer: { group: own } };
  return [...defined, { id: own, name: 'default', ingress: [amongItself], egress: [toEverywhere] }];
};
