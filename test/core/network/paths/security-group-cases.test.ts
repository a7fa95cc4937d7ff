import { describe } from '@jest/globals';
import { type PathCase, runCases } from './path-case.ts';
import { all, change, group, rules } from './written-network.ts';

const noIngress =
  'security group sg-db (database) has no inbound rule that admits tcp/5432 from security group sg-client';
const admitClients =
  "aws ec2 authorize-security-group-ingress --group-id sg-db --ip-permissions 'IpProtocol=tcp,FromPort=5432,ToPort=5432,UserIdGroupPairs=[{GroupId=sg-client}]'";
const noEgress =
  'security group sg-client has no outbound rule that admits tcp/5432 to security group sg-db (database)';
const letOut =
  "aws ec2 authorize-security-group-egress --group-id sg-client --ip-permissions 'IpProtocol=tcp,FromPort=5432,ToPort=5432,UserIdGroupPairs=[{GroupId=sg-db}]'";

const ingress = (...texts: string[]) => rules('sg-db', 'ingress', ...texts);
const blocked = (one: Omit<PathCase, 'says' | 'commands'>): PathCase => ({
  ...one,
  says: [noIngress],
  commands: [admitClients],
});
const open = (one: Omit<PathCase, 'says'>): PathCase => ({ ...one, says: 'open' });

const ipv6Only = all(
  change('interfaces', 'eni-a', { addresses: ['fd00:10:0:1::10'] }),
  change('interfaces', 'eni-db', { addresses: ['fd00:10:0:3::10'], subnet: 'subnet-b' }),
);

describe('security groups', () => {
  runCases([
    open({ rule: 'a rule at each end, and none for the answers, is enough: groups keep state' }),
    blocked({ rule: 'no rule is a denial', edit: ingress() }),
    {
      rule: 'the client needs a rule too',
      edit: rules('sg-client', 'egress', 'tcp/443 to 0.0.0.0/0'),
      says: [noEgress],
      commands: [letOut],
    },
    {
      rule: 'both ends are asked, the client first',
      edit: all(ingress(), rules('sg-client', 'egress')),
      says: [noEgress, noIngress],
      commands: [letOut, admitClients],
    },
    blocked({
      rule: 'the wrong direction does not help',
      edit: all(ingress(), rules('sg-db', 'egress', 'all to 0.0.0.0/0')),
    }),
    blocked({ rule: 'a rule for another port does not help', edit: ingress('tcp/5433 from sg-client') }),
    open({ rule: 'the first port of a range is in it', edit: ingress('tcp/5432-5440 from sg-client') }),
    open({ rule: 'the last port of a range is in it', edit: ingress('tcp/5000-5432 from sg-client') }),
    blocked({ rule: 'the port after a range is not', edit: ingress('tcp/5000-5431 from sg-client') }),
    blocked({ rule: 'udp is not tcp', edit: ingress('udp/5432 from sg-client') }),
    blocked({ rule: 'ICMP admits no connection', edit: ingress('icmp from sg-client') }),
    open({ rule: 'all protocols include tcp on every port', edit: ingress('all from sg-client') }),
    open({ rule: 'the protocol may be written as its number', edit: ingress('6/5432 from sg-client') }),
    open({ rule: 'a range admits every address in it', edit: ingress('tcp/5432 from 10.0.1.0/24') }),
    open({ rule: 'a range of one address admits it', edit: ingress('tcp/5432 from 10.0.1.10/32') }),
    open({ rule: 'the first address of a range is in it', edit: ingress('tcp/5432 from 10.0.1.10/31') }),
    open({
      rule: 'the last address of a range is in it',
      edit: all(
        ingress('tcp/5432 from 10.0.1.8/30'),
        change('interfaces', 'eni-a', { addresses: ['10.0.1.11'] }),
      ),
    }),
    blocked({ rule: 'the address before a range is not', edit: ingress('tcp/5432 from 10.0.1.11/32') }),
    blocked({ rule: 'a range of the other family does not match', edit: ingress('tcp/5432 from ::/0') }),
    open({
      rule: 'a prefix list admits what it lists',
      edit: all(ingress('tcp/5432 from pl-office'), (network) => ({
        ...network,
        prefixLists: [{ id: 'pl-office', cidrs: ['192.0.2.0/24', '10.0.1.0/28'] }],
      })),
    }),
    blocked({ rule: 'a prefix list admits nothing else', edit: ingress('tcp/5432 from pl-office') }),
    blocked({
      rule: 'a prefix list that does not exist admits nothing',
      edit: ingress('tcp/5432 from pl-gone'),
    }),
    open({
      rule: 'a reference admits whoever carries the group, as a second one too',
      edit: all(
        group('sg-more', []),
        change('interfaces', 'eni-a', { groups: ['sg-client', 'sg-more'] }),
        ingress('tcp/5432 from sg-more'),
      ),
    }),
    open({
      rule: 'the rules of all groups of an interface count together',
      edit: all(
        group('sg-more', ['tcp/5432 from sg-client']),
        change('interfaces', 'eni-db', { groups: ['sg-db', 'sg-more'] }),
        ingress(),
      ),
    }),
    {
      rule: 'where several groups lack the rule, all are named and the first one gets it',
      edit: all(
        group('sg-more', []),
        change('interfaces', 'eni-db', { groups: ['sg-db', 'sg-more'] }),
        ingress(),
      ),
      says: [
        'security groups sg-db (database), sg-more have no inbound rule that admits tcp/5432 from security group sg-client',
      ],
      commands: [admitClients],
    },
    {
      rule: 'a reference is to who carries the group, not to the group of the same rule elsewhere',
      edit: all(group('sg-other', []), change('interfaces', 'eni-a', { groups: ['sg-other'] })),
      says: [
        'security group sg-other has no outbound rule that admits tcp/5432 to security group sg-db (database)',
        'security group sg-db (database) has no inbound rule that admits tcp/5432 from security group sg-other',
      ],
      commands: [
        letOut.replace('sg-client', 'sg-other'),
        admitClients.replace('GroupId=sg-client', 'GroupId=sg-other'),
      ],
    },
    blocked({ rule: 'a group that refers to itself does not admit others', edit: ingress('all from sg-db') }),
    open({
      rule: 'a group that refers to itself admits its own interfaces',
      edit: all(
        ingress('tcp/5432 from sg-db'),
        rules('sg-db', 'egress', 'tcp/5432 to sg-db'),
        change('interfaces', 'eni-b', { groups: ['sg-db'], subnet: 'subnet-data', addresses: ['10.0.3.11'] }),
      ),
      from: 'eni-b',
    }),
    open({
      rule: 'a reference to a group of a peered account admits who carries it',
      edit: all(
        ingress('tcp/5432 from 111122223333/sg-peer'),
        change('interfaces', 'eni-a', { groups: ['sg-client', 'sg-peer'] }),
      ),
    }),
    blocked({
      rule: 'a reference through a peering that was deleted admits nobody',
      edit: (network) => ({
        ...network,
        groups: network.groups.map((one) => ({
          ...one,
          ingress: one.ingress.map((each) => ({
            ...each,
            peer: { group: 'sg-client', account: '111122223333', peeringDeleted: true as const },
          })),
        })),
      }),
    }),
    open({
      rule: 'an interface without groups, such as that of a NAT gateway, admits everything',
      edit: all(
        change('interfaces', 'eni-db', { groups: [] }),
        rules('sg-client', 'egress', 'all to 0.0.0.0/0'),
      ),
    }),
    open({
      rule: 'a group that cannot be seen is not judged',
      edit: all(
        change('interfaces', 'eni-db', { groups: ['sg-of-another-account'] }),
        rules('sg-client', 'egress', 'all to 0.0.0.0/0'),
      ),
    }),
    {
      rule: 'inside one subnet the groups count all the same',
      edit: all(ingress(), change('interfaces', 'eni-db', { subnet: 'subnet-a', addresses: ['10.0.1.20'] })),
      says: [noIngress],
      commands: [admitClients],
    },
    {
      rule: 'a client outside the VPC has no group: it is admitted by its address',
      from: 'outside 203.0.113.9',
      to: 'eni-web',
      edit: rules('sg-web', 'ingress', 'tcp/443 from 192.0.2.0/24'),
      traffic: { protocol: 'tcp', port: 443 },
      says: ['security group sg-web has no inbound rule that admits tcp/443 from 203.0.113.9 (outside)'],
      commands: [
        "aws ec2 authorize-security-group-ingress --group-id sg-web --ip-permissions 'IpProtocol=tcp,FromPort=443,ToPort=443,IpRanges=[{CidrIp=203.0.113.9/32}]'",
      ],
    },
    open({
      rule: 'in IPv6 a reference works as in IPv4',
      edit: ipv6Only,
    }),
    {
      rule: 'in IPv6 a rule by IPv4 addresses admits nobody',
      edit: all(ipv6Only, ingress('tcp/5432 from 0.0.0.0/0')),
      says: [noIngress],
      commands: [admitClients],
    },
    open({
      rule: 'in IPv6 a rule for ::/0 admits everybody',
      edit: all(ipv6Only, ingress('tcp/5432 from ::/0')),
    }),
    open({
      rule: 'where both ends have both families, one that passes is enough',
      edit: all(
        change('interfaces', 'eni-a', { addresses: ['10.0.1.10', 'fd00:10:0:1::10'] }),
        change('interfaces', 'eni-db', { addresses: ['10.0.2.20', 'fd00:10:0:2::20'], subnet: 'subnet-b' }),
        ingress('tcp/5432 from ::/0'),
      ),
    }),
  ]);
});
