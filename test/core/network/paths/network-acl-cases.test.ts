import { describe } from '@jest/globals';
import { type PathCase, runCases } from './path-case.ts';
import { all, change, entries } from './written-network.ts';

const create = 'aws ec2 create-network-acl-entry --network-acl-id acl-data';
const inbound = (...texts: string[]) => entries('acl-data', 'ingress', ...texts);
const outbound = (...texts: string[]) => entries('acl-data', 'egress', ...texts);
const open = (one: Omit<PathCase, 'says'>): PathCase => ({ ...one, says: 'open' });
const admit = (number: number, cidr = '10.0.1.0/24'): string =>
  `${create} --ingress --rule-number ${number} --protocol tcp --port-range From=5432,To=5432 --cidr-block ${cidr} --rule-action allow`;
const answer = (number: number, from = 1024, to = 65_535): string =>
  `${create} --egress --rule-number ${number} --protocol tcp --port-range From=${from},To=${to} --cidr-block 10.0.1.0/24 --rule-action allow`;
const noInbound =
  'network ACL acl-data (data) of the data subnets has no inbound entry that allows tcp/5432 from 10.0.1.0/24; its entry * denies it';
const noOutbound =
  'network ACL acl-data (data) of the data subnets has no outbound entry that allows tcp/1024-65535 to 10.0.1.0/24; its entry * denies it';
const denies = (number: number, peer = 'tcp/5432 from 10.0.1.0/24'): string =>
  `network ACL acl-data (data) inbound entry ${number} of the data subnets denies ${peer}`;

describe('network ACLs', () => {
  runCases([
    open({ rule: 'an entry inward for the port and one outward for the answers are enough' }),
    {
      rule: 'what no entry allows, entry * denies',
      edit: inbound('* deny all 0.0.0.0/0'),
      says: [noInbound],
      commands: [admit(100)],
    },
    {
      rule: 'entry * is there where nobody lists it',
      edit: inbound(),
      says: [noInbound],
      commands: [admit(100)],
    },
    {
      rule: 'a new last entry comes after those that are there',
      edit: inbound('100 allow tcp/5432 10.0.2.0/24', '115 allow tcp/22 10.0.2.0/24', '* deny all 0.0.0.0/0'),
      says: [noInbound],
      commands: [admit(120)],
    },
    {
      rule: 'the answers need an entry of their own: ACLs keep no state',
      edit: outbound('100 allow tcp/5432 10.0.1.0/24'),
      says: [noOutbound.replace('tcp/1024-65535', 'tcp/1024-5431 and tcp/5433-65535')],
      commands: [answer(110)],
    },
    {
      rule: 'the entry that denies is named',
      edit: outbound('100 deny tcp/1024-65535 10.0.1.0/24', '110 allow tcp/1024-65535 10.0.0.0/16'),
      says: [
        'network ACL acl-data (data) outbound entry 100 of the data subnets denies tcp/1024-65535 to 10.0.1.0/24',
      ],
      commands: [answer(99)],
    },
    {
      rule: 'a denial before an allowance wins',
      edit: inbound('90 deny tcp/5432 10.0.0.0/16', '100 allow tcp/5432 10.0.1.0/24'),
      says: [denies(90)],
      commands: [admit(89)],
    },
    open({
      rule: 'an allowance before a denial wins',
      edit: inbound('90 allow tcp/5432 10.0.1.0/24', '100 deny all 0.0.0.0/0'),
    }),
    open({
      rule: 'the number decides, not the place in the list',
      edit: inbound('100 deny all 0.0.0.0/0', '90 allow tcp/5432 10.0.1.0/24'),
    }),
    open({
      rule: 'numbers are compared as numbers, not as texts',
      edit: inbound('100 deny all 0.0.0.0/0', '9 allow tcp/5432 10.0.1.0/24'),
    }),
    open({
      rule: 'a denial of others does not matter',
      edit: inbound('90 deny tcp/5432 10.0.2.0/24', '100 allow tcp/5432 10.0.1.0/24'),
    }),
    open({
      rule: 'a denial of another port does not matter',
      edit: inbound('90 deny tcp/5431 10.0.1.0/24', '100 allow tcp/5432 10.0.1.0/24'),
    }),
    open({
      rule: 'a denial of udp or ICMP does not matter',
      edit: inbound(
        '80 deny udp/5432 10.0.1.0/24',
        '90 deny icmp 10.0.1.0/24',
        '100 allow tcp/5432 10.0.1.0/24',
      ),
    }),
    {
      rule: 'a denial of all protocols covers every port, whatever ports it carries',
      edit: inbound('90 deny all/22 10.0.1.0/24', '100 allow tcp/5432 10.0.1.0/24'),
      says: [denies(90)],
      commands: [admit(89)],
    },
    {
      rule: 'only what the denial covers is opened: one address',
      edit: inbound('90 deny tcp/5432 10.0.1.10/32', '100 allow tcp/5432 10.0.1.0/24'),
      says: [denies(90, 'tcp/5432 from 10.0.1.10/32')],
      commands: [admit(89, '10.0.1.10/32')],
    },
    {
      rule: 'an allowance for another address of the subnet does not help',
      edit: inbound('100 allow tcp/5432 10.0.1.11/32'),
      says: [noInbound],
      commands: [admit(110)],
    },
    open({
      rule: 'an allowance for the one address is enough',
      edit: inbound('100 allow tcp/5432 10.0.1.10/32'),
    }),
    {
      rule: 'two denials in a row are overcome one by one',
      edit: inbound(
        '90 deny tcp/5432 10.0.1.10/32',
        '100 deny tcp/5432 10.0.0.0/16',
        '110 allow all 0.0.0.0/0',
      ),
      says: [denies(90, 'tcp/5432 from 10.0.1.10/32')],
      commands: [admit(89, '10.0.1.10/32')],
    },
    {
      rule: 'a number that is taken is passed over when what is overtaken is of others',
      edit: inbound('89 deny tcp/5432 10.0.2.0/24', '90 deny tcp/5432 10.0.1.0/24'),
      says: [denies(90)],
      commands: [admit(88)],
    },
    {
      rule: 'an allowance that is overtaken does not matter',
      edit: inbound('89 allow tcp/5432 10.0.1.99/32', '90 deny tcp/5432 10.0.1.0/24'),
      says: [denies(90)],
      commands: [admit(88)],
    },
    {
      rule: 'where no number is free for this alone, there is advice and no command',
      edit: inbound('1 deny tcp/5432 10.0.1.0/24', '100 allow tcp/5432 10.0.1.0/24'),
      says: [denies(1)],
      commands: ['advice'],
    },
    {
      rule: 'no entry is overtaken that decides about the same packets',
      edit: inbound('89 deny tcp/5432 10.0.1.99/32', '90 deny tcp/5432 10.0.1.0/24'),
      says: [denies(90)],
      commands: ['advice'],
    },
    {
      rule: 'answers that may come to part of the ports only fail now and then',
      edit: outbound('100 allow tcp/1024-32767 10.0.1.0/24'),
      says: [
        'network ACL acl-data (data) of the data subnets has no outbound entry that allows tcp/32768-65535 to 10.0.1.0/24; its entry * denies it, while tcp/1024-32767 passes: connections fail now and then, by the port that the client happens to use',
      ],
      commands: [answer(110, 32_768)],
      state: 'intermittent',
    },
    {
      rule: 'a hole in the ports of the answers is one entry, and its two sides are another',
      edit: outbound('90 allow tcp/2000-3000 10.0.1.0/24', '100 deny tcp/1024-65535 10.0.1.0/24'),
      says: [
        'network ACL acl-data (data) outbound entry 100 of the data subnets denies tcp/1024-1999 and tcp/3001-65535 to 10.0.1.0/24, while tcp/2000-3000 passes: connections fail now and then, by the port that the client happens to use',
      ],
      commands: [answer(99)],
      state: 'intermittent',
    },
    {
      rule: 'two entries that deny parts of the answers are two findings, with two numbers',
      edit: outbound('100 deny tcp/1024-2000 10.0.1.0/24', '101 deny tcp/1024-65535 10.0.1.0/24'),
      says: [
        'network ACL acl-data (data) outbound entry 100 of the data subnets denies tcp/1024-2000 to 10.0.1.0/24',
        'network ACL acl-data (data) outbound entry 101 of the data subnets denies tcp/2001-65535 to 10.0.1.0/24',
      ],
      commands: [answer(99, 1024, 2000), answer(98, 2001)],
    },
    open({
      rule: 'the answers may be allowed by several entries together',
      edit: outbound('100 allow tcp/1024-32767 10.0.1.0/24', '110 allow tcp/32768-65535 10.0.1.0/24'),
    }),
    open({
      rule: 'nothing below port 1024 is needed for answers',
      edit: outbound('100 deny tcp/0-1023 0.0.0.0/0', '110 allow all 0.0.0.0/0'),
    }),
    {
      rule: 'the subnet of the client is asked too, outward for the port and inward for the answers',
      edit: all(
        entries('acl-open', 'egress', '90 deny tcp/5432 10.0.3.0/24', '100 allow all 0.0.0.0/0'),
        entries('acl-open', 'ingress'),
      ),
      says: [
        'network ACL acl-open outbound entry 90 of subnet subnet-a (client a) denies tcp/5432 to 10.0.3.0/24',
        'network ACL acl-open of subnet subnet-a (client a) has no inbound entry that allows tcp/1024-65535 from 10.0.3.0/24; its entry * denies it',
      ],
      commands: [
        'aws ec2 create-network-acl-entry --network-acl-id acl-open --egress --rule-number 89 --protocol tcp --port-range From=5432,To=5432 --cidr-block 10.0.3.0/24 --rule-action allow',
        'aws ec2 create-network-acl-entry --network-acl-id acl-open --ingress --rule-number 100 --protocol tcp --port-range From=1024,To=65535 --cidr-block 10.0.3.0/24 --rule-action allow',
      ],
    },
    {
      rule: 'every point that blocks is listed, in the order of the packets',
      edit: all(inbound(), outbound()),
      says: [noInbound, noOutbound],
      commands: [admit(100), answer(100)],
    },
    open({
      rule: 'the default ACL allows everything both ways',
      edit: change('subnets', 'subnet-data', { acl: 'acl-open' }),
    }),
    open({
      rule: 'inside one subnet no ACL applies',
      edit: all(
        inbound(),
        outbound(),
        change('interfaces', 'eni-a', { subnet: 'subnet-data', addresses: ['10.0.3.20'] }),
      ),
    }),
    {
      rule: 'between two subnets with one ACL it applies at both',
      edit: all(
        change('subnets', 'subnet-a', { acl: 'acl-data' }),
        outbound('100 allow tcp/1024-65535 10.0.3.0/24'),
      ),
      says: [
        noOutbound,
        'network ACL acl-data (data) of subnet subnet-a (client a) has no inbound entry that allows tcp/1024-65535 from 10.0.3.0/24; its entry * denies it',
      ],
      commands: [
        answer(110),
        `${create} --ingress --rule-number 120 --protocol tcp --port-range From=1024,To=65535 --cidr-block 10.0.3.0/24 --rule-action allow`,
      ],
    },
    {
      rule: 'entries of the other family do not match',
      edit: inbound('100 allow all ::/0'),
      says: [noInbound],
      commands: [admit(110)],
    },
    {
      rule: 'in IPv6 the entries of IPv6 decide',
      edit: all(
        change('interfaces', 'eni-a', { addresses: ['fd00:10:0:1::10'] }),
        change('interfaces', 'eni-db', { addresses: ['fd00:10:0:3::10'] }),
        outbound('100 allow all ::/0'),
      ),
      says: [
        'network ACL acl-data (data) of the data subnets has no inbound entry that allows tcp/5432 from fd00:10:0:1::/64; its entry * denies it',
      ],
      commands: [
        `${create} --ingress --rule-number 120 --protocol tcp --port-range From=5432,To=5432 --ipv6-cidr-block fd00:10:0:1::/64 --rule-action allow`,
      ],
    },
    open({
      rule: 'another protocol number has its own entries: udp is asked for udp',
      edit: all(
        inbound('100 allow udp/5432 10.0.1.0/24'),
        outbound('100 allow udp/1024-65535 10.0.1.0/24'),
        (network) => ({
          ...network,
          groups: network.groups.map((one) => ({
            ...one,
            ingress: one.ingress.map((each) => ({ ...each, protocol: 'udp' })),
            egress: one.egress.map((each) => ({ ...each, protocol: 'udp' })),
          })),
        }),
      ),
      traffic: { protocol: 'udp', port: 5432 },
    }),
  ]);
});
