import { describe } from '@jest/globals';
import { type PathCase, runCases } from './path-case.ts';
import { all, change, entries, routes } from './written-network.ts';

const https = { protocol: 'tcp', port: 443 } as const;
const open = (one: Omit<PathCase, 'says'>): PathCase => ({ ...one, says: 'open' });
const outside = 'outside 203.0.113.9';
const addRoute = (table: string, destination: string, target: string): string =>
  `aws ec2 create-route --route-table-id ${table} --destination-cidr-block ${destination} ${target}`;

/** eni-a towards one address outside, with these routes in its table. */
const outward = (rule: string, ...texts: string[]): Omit<PathCase, 'says'> => ({
  rule,
  to: outside,
  traffic: https,
  edit: routes('rtb-a', ...texts),
});

describe('routes', () => {
  runCases([
    open({ rule: "inside the VPC the VPC's own route is enough" }),
    open(outward('a NAT gateway leads outside', '0.0.0.0/0 -> nat-1')),
    {
      ...outward('without a route there is no way, and the way of another subnet is proposed'),
      says: ['route table rtb-a of subnet subnet-a (client a) has no route to 203.0.113.9 (outside)'],
      commands: [addRoute('rtb-a', '203.0.113.9/32', '--nat-gateway-id nat-1')],
    },
    {
      rule: 'a subnet without an association has the main table',
      to: outside,
      traffic: https,
      edit: change('subnets', 'subnet-a', { routeTable: 'rtb-main' }),
      says: [
        'route table rtb-main, the main one, of subnet subnet-a (client a) has no route to 203.0.113.9 (outside)',
      ],
      commands: [addRoute('rtb-main', '203.0.113.9/32', '--nat-gateway-id nat-1')],
    },
    {
      ...outward(
        'a blackhole drops, though a wider route is there',
        '203.0.113.0/24 -> pcx-1 (blackhole)',
        '0.0.0.0/0 -> nat-1',
      ),
      says: [
        'route table rtb-a of subnet subnet-a (client a) sends 203.0.113.0/24 to pcx-1, which is gone (blackhole)',
      ],
      commands: [addRoute('rtb-a', '203.0.113.9/32', '--nat-gateway-id nat-1')],
    },
    open(
      outward(
        'the longer prefix wins over a blackhole',
        '0.0.0.0/0 -> nat-2 (blackhole)',
        '203.0.113.0/24 -> nat-1',
      ),
    ),
    open(
      outward(
        'the longest of three prefixes wins',
        '0.0.0.0/0 -> nat-2 (blackhole)',
        '203.0.113.0/24 -> pcx-1 (blackhole)',
        '203.0.113.8/29 -> nat-1',
      ),
    ),
    open(
      outward(
        'a route to the one address wins over all',
        '203.0.113.0/24 -> pcx-1 (blackhole)',
        '203.0.113.9/32 -> nat-1',
      ),
    ),
    {
      ...outward(
        'a route to the very range whose gateway is gone is replaced where it stands',
        '203.0.113.9/32 -> nat-2 (blackhole)',
      ),
      says: [
        'route table rtb-a of subnet subnet-a (client a) sends 203.0.113.9/32 to nat-2, which is gone (blackhole)',
      ],
      commands: [
        'aws ec2 replace-route --route-table-id rtb-a --destination-cidr-block 203.0.113.9/32 --nat-gateway-id nat-1',
      ],
    },
    {
      ...outward(
        'a static route wins over a learned one to the same range, though it leads nowhere',
        '0.0.0.0/0 -> vgw-1 (propagated)',
        '0.0.0.0/0 -> nat-2 (blackhole)',
      ),
      says: [
        'route table rtb-a of subnet subnet-a (client a) sends 0.0.0.0/0 to nat-2, which is gone (blackhole)',
      ],
      commands: [addRoute('rtb-a', '203.0.113.9/32', '--nat-gateway-id nat-1')],
    },
    open(
      outward(
        'a longer learned route wins over a static one',
        '203.0.113.0/24 -> vgw-1 (propagated)',
        '0.0.0.0/0 -> nat-2 (blackhole)',
      ),
    ),
    open({
      rule: "a learned route never overrules the VPC's own",
      edit: (network) => ({
        ...network,
        routeTables: network.routeTables.map((table) => ({
          ...table,
          routes: [
            ...table.routes,
            {
              destination: { cidr: '10.0.3.0/24' },
              kind: 'vpn' as const,
              target: 'vgw-1',
              propagated: true as const,
              blackhole: true as const,
            },
          ],
        })),
      }),
    }),
    {
      rule: "a static route inside the VPC's range wins, and drops when its appliance is gone",
      edit: routes('rtb-a', '10.0.3.0/24 -> eni-appliance (blackhole)'),
      says: [
        'route table rtb-a of subnet subnet-a (client a) sends 10.0.3.0/24 to eni-appliance, which is gone (blackhole)',
      ],
      commands: ['aws ec2 delete-route --route-table-id rtb-a --destination-cidr-block 10.0.3.0/24'],
    },
    {
      rule: 'the way back is asked too',
      edit: routes('rtb-data', '10.0.1.0/24 -> eni-appliance (blackhole)'),
      says: [
        'route table rtb-data of the data subnets sends 10.0.1.0/24 to eni-appliance, which is gone (blackhole)',
      ],
      commands: ['aws ec2 delete-route --route-table-id rtb-data --destination-cidr-block 10.0.1.0/24'],
    },
    open({
      rule: 'inside one subnet no route is asked for',
      edit: all(
        change('interfaces', 'eni-db', { subnet: 'subnet-a', addresses: ['10.0.1.20'] }),
        routes('rtb-a', '10.0.1.0/24 -> eni-appliance (blackhole)'),
      ),
    }),
    open(outward('a route by prefix list leads where the list says', 'pl-office -> tgw-1')),
    {
      ...outward('a prefix list that does not hold the address is no route', 'pl-office -> tgw-1'),
      to: 'outside 203.0.113.200',
      says: ['route table rtb-a of subnet subnet-a (client a) has no route to 203.0.113.200 (outside)'],
      commands: [addRoute('rtb-a', '203.0.113.200/32', '--nat-gateway-id nat-1')],
    },
    open(
      outward(
        'of equal prefixes a range wins over a prefix list',
        'pl-office -> tgw-1 (blackhole)',
        '203.0.113.0/25 -> nat-1',
      ),
    ),
    {
      ...outward(
        'a prefix list wins over a learned route to the same range',
        '203.0.113.0/25 -> vgw-1 (propagated)',
        'pl-office -> tgw-1 (blackhole)',
      ),
      says: [
        'route table rtb-a of subnet subnet-a (client a) sends pl-office to tgw-1, which is gone (blackhole)',
      ],
      commands: ['advice'],
    },
    open(outward('a peering, a transit gateway and a VPN lead outside as well', '203.0.113.0/24 -> pcx-1')),
    open(outward('what an appliance does with the packets is not judged', '0.0.0.0/0 -> eni-appliance')),
    {
      ...outward('an internet gateway does not help who has no public address', '0.0.0.0/0 -> igw-1'),
      says: [
        'route table rtb-a of subnet subnet-a (client a) leads to 203.0.113.9 (outside) through internet gateway igw-1, and eni-a has no public address',
      ],
      commands: ['advice'],
    },
    open({
      ...outward('an internet gateway leads outside who has one', '0.0.0.0/0 -> igw-1'),
      edit: all(
        routes('rtb-a', '0.0.0.0/0 -> igw-1'),
        change('interfaces', 'eni-a', { publicAddress: true }),
      ),
    }),
    {
      rule: 'the subnet of the NAT gateway needs a way out of its own',
      to: outside,
      traffic: https,
      edit: routes('rtb-public'),
      says: ['route table rtb-public of the public subnets has no route to 203.0.113.9 (outside)'],
      commands: ['advice'],
    },
    {
      rule: 'a NAT gateway whose subnet sends everything to itself leads nowhere',
      to: outside,
      traffic: https,
      edit: change('subnets', 'subnet-public', { routeTable: 'rtb-a' }),
      says: [
        'route table rtb-a of the public subnets leads to 203.0.113.9 (outside) through NAT gateway nat-1, which stands in that subnet itself',
      ],
      commands: ['advice'],
    },
    {
      rule: 'the ACL of the NAT gateway sees the client inward and the target outward, both ways',
      to: outside,
      traffic: https,
      edit: all(
        entries('acl-public', 'ingress', '100 allow tcp/443 10.0.1.0/24'),
        entries('acl-public', 'egress', '100 allow tcp/443 0.0.0.0/0'),
      ),
      says: [
        'network ACL acl-public of the public subnets has no inbound entry that allows tcp/1024-65535 from 203.0.113.9/32; its entry * denies it',
        'network ACL acl-public of the public subnets has no outbound entry that allows tcp/1024-65535 to 10.0.1.0/24; its entry * denies it',
      ],
      commands: [
        'aws ec2 create-network-acl-entry --network-acl-id acl-public --ingress --rule-number 110 --protocol tcp --port-range From=1024,To=65535 --cidr-block 203.0.113.9/32 --rule-action allow',
        'aws ec2 create-network-acl-entry --network-acl-id acl-public --egress --rule-number 110 --protocol tcp --port-range From=1024,To=65535 --cidr-block 10.0.1.0/24 --rule-action allow',
      ],
    },
    {
      rule: 'the ACL of the NAT gateway must let the client in',
      to: outside,
      traffic: https,
      edit: entries('acl-public', 'ingress', '100 allow tcp/1024-65535 0.0.0.0/0'),
      says: [
        'network ACL acl-public of the public subnets has no inbound entry that allows tcp/443 from 10.0.1.0/24; its entry * denies it',
      ],
      commands: [
        'aws ec2 create-network-acl-entry --network-acl-id acl-public --ingress --rule-number 110 --protocol tcp --port-range From=443,To=443 --cidr-block 10.0.1.0/24 --rule-action allow',
      ],
    },
    {
      rule: "outside, the client's ACL must take the answers from the target's address",
      to: outside,
      traffic: https,
      edit: entries('acl-open', 'ingress', '100 allow all 10.0.0.0/16'),
      says: [
        'network ACL acl-open of subnet subnet-a (client a) has no inbound entry that allows tcp/1024-65535 from 203.0.113.9/32; its entry * denies it',
      ],
      commands: [
        'aws ec2 create-network-acl-entry --network-acl-id acl-open --ingress --rule-number 110 --protocol tcp --port-range From=1024,To=65535 --cidr-block 203.0.113.9/32 --rule-action allow',
      ],
    },
    open({ rule: 'from outside a public subnet is reached', from: outside, to: 'eni-web', traffic: https }),
    {
      rule: 'from outside an interface without a public address is not reached',
      from: outside,
      to: 'eni-web',
      traffic: https,
      edit: change('interfaces', 'eni-web', { publicAddress: false }),
      says: [
        'route table rtb-public of the public subnets leads to 203.0.113.9 (outside) through internet gateway igw-1, and eni-web has no public address',
      ],
      commands: ['advice'],
    },
    {
      rule: 'from outside nothing comes in through a NAT gateway',
      from: outside,
      to: 'eni-web',
      traffic: https,
      edit: change('interfaces', 'eni-web', {
        subnet: 'subnet-a',
        addresses: ['10.0.1.30'],
        publicAddress: false,
      }),
      says: [
        'route table rtb-a of subnet subnet-a (client a) leads to 203.0.113.9 (outside) through NAT gateway nat-1, which lets no connection in',
      ],
      commands: ['advice'],
    },
    {
      rule: 'from outside nothing comes in through a gateway endpoint',
      from: 'outside 192.0.2.9',
      to: 'eni-web',
      traffic: https,
      edit: routes('rtb-public', 'pl-office -> vpce-1'),
      says: [
        'route table rtb-public of the public subnets leads to 192.0.2.9 (outside) through endpoint vpce-1, which lets no connection in',
      ],
      commands: ['advice'],
    },
    open({
      ...outward('in IPv6 an egress-only gateway leads outside', '::/0 -> eigw-1'),
      to: 'outside 2001:db8::9',
      edit: all(
        routes('rtb-a', '::/0 -> eigw-1'),
        change('interfaces', 'eni-a', { addresses: ['fd00:10:0:1::10'] }),
        (network) => ({
          ...network,
          groups: network.groups.map((one) => ({
            ...one,
            egress: one.egress.map((each) => ({ ...each, peer: { cidr: '::/0' } })),
          })),
        }),
      ),
    }),
    {
      ...outward('without an address of one family there is no path', '0.0.0.0/0 -> nat-1'),
      to: 'outside 2001:db8::9',
      says: ['eni-a (10.0.1.10) and outside (2001:db8::9) have no address of the same family'],
      commands: ['advice'],
    },
  ]);
});
