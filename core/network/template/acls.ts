/** The network ACLs of templates, and the default one of the VPC. */
import { type AclEntry, allPorts, lastEntry, type NetworkAcl, portsOf, protocolOf } from '../paths/index.ts';
import { namedOf } from './names.ts';
import type { NamedResource } from './values.ts';

const defaultEntries: AclEntry[] = (['ingress', 'egress'] as const).flatMap((direction): AclEntry[] => {
  const entry = { direction, protocol: 'all', ports: allPorts } as const;
  return [
    { ...entry, number: 100, action: 'allow', cidr: '0.0.0.0/0' },
    { ...entry, number: 101, action: 'allow', cidr: '::/0' },
    { ...entry, number: lastEntry, action: 'deny', cidr: '0.0.0.0/0' },
  ];
});

const entriesOf = (resources: readonly NamedResource[], acl: string): AclEntry[] =>
  resources
    .filter(({ type, property }) => type === 'AWS::EC2::NetworkAclEntry' && property('NetworkAclId') === acl)
    .map(({ property }): AclEntry => {
      const ports = property<{ From: number; To: number }>('PortRange');
      const protocol = protocolOf(property<number>('Protocol'));
      return {
        number: Number(property('RuleNumber')),
        direction: property('Egress') === true ? 'egress' : 'ingress',
        action: property('RuleAction') === 'allow' ? 'allow' : 'deny',
        protocol,
        cidr: String(property('CidrBlock') ?? property('Ipv6CidrBlock')),
        ports: portsOf(protocol, ports?.From, ports?.To),
      };
    });

export const aclsOf = (resources: readonly NamedResource[], vpc: string): NetworkAcl[] => {
  const defaultAcl = `${vpc}.DefaultNetworkAcl`;
  return [
    ...resources
      .filter(({ type }) => type === 'AWS::EC2::NetworkAcl')
      .map((acl) => ({ ...namedOf(acl), entries: entriesOf(resources, acl.id) })),
    {
      id: defaultAcl,
      name: 'default',
      entries: [...defaultEntries, ...entriesOf(resources, defaultAcl)],
    },
  ];
};
