import { describe, expect, test } from '@jest/globals';
import { CfnSecurityGroupIngress } from 'aws-cdk-lib/aws-ec2';
import {
  compareWithFlows,
  endsByParty,
  evaluatePath,
  type Network,
  networkOf,
  type Party,
  parties,
  stackOf,
} from '../../../core/network/index.ts';
import { addStacks, chooseEnvironment, createApp } from '../../../lib/app.ts';
import { environmentFlows, s3Ranges } from '../../../lib/constructs/network/index.ts';
import { prefixOf } from '../../../lib/environments/index.ts';
import { scratch } from './scratch.ts';
import { cases, type Json, resourcesOf, type Synthesized, synthesized } from './synthesized.ts';

type Templates = Synthesized['templates'];

const networkFrom = (templates: Templates, environment: Synthesized['environment']): Network =>
  networkOf(
    Object.entries(templates).map(([id, template]) =>
      stackOf(`${prefixOf(environment)}-${id.toLowerCase()}`, template as Json),
    ),
    { prefixLists: { s3: s3Ranges } },
  );

const differences = (templates: Templates, environment: Synthesized['environment']): string[] => {
  const network = networkFrom(templates, environment);
  return compareWithFlows(network, {
    flows: environmentFlows(environment),
    ends: endsByParty(network, { prefix: prefixOf(environment) }),
    wayOut: environment.network.egress === 'endpoints' ? 'prefix lists' : 'anywhere',
  }).map(({ sentence }) => sentence);
};

/** Written out once more, as a person would say it. */
const meant = ({ cache, network, service, name }: Synthesized['environment']): string[] => [
  'internet -> load-balancer 80',
  ...(service.certificate ? ['internet -> load-balancer 443'] : []),
  'load-balancer -> client 8001',
  'client -> database 5432',
  ...(cache.enabled ? ['client -> cache 6379'] : []),
  'client -> upstreams 5000',
  ...(name === 'staging' ? ['client -> upstreams 8000'] : []),
  'client -> internet 443',
  ...(network.egress === 'endpoints' ? ['client -> aws-endpoints 443'] : []),
];

/** What follows from them, because every address is meant by `internet`. */
const implied = ({ service }: Synthesized['environment']): string[] => [
  'client -> upstreams 443',
  'upstreams -> load-balancer 80',
  ...(service.certificate ? ['upstreams -> load-balancer 443', 'client -> load-balancer 443'] : []),
];

const otherPorts = [1, 22, 53, 1024, 3306, 3389, 5433, 8080, 32_768, 65_535];

describe.each(cases)('paths of %s', (_name, { environment, templates }) => {
  const network = networkFrom(templates, environment);
  const { of, strangers } = endsByParty(network, { prefix: prefixOf(environment) });

  test('every interface of every service, function, database, cache and endpoint belongs to one party', () => {
    expect(strangers).toEqual([]);
    const words = new Set(network.interfaces.map(({ name }) => name));
    const expected = ['ECS service', 'RDS instance', 'function', 'load balancer'];
    if (environment.cache.enabled) expected.push('cache');
    if (environment.network.egress === 'endpoints') expected.push('interface endpoint');
    expect([...words].sort()).toEqual(expected.sort());
  });

  test('of all parties and ports, exactly what is meant can talk, by tcp', () => {
    const ports = [80, 443, 5000, 5432, 6379, 8000, 8001, ...otherPorts];
    const names = Object.keys(parties) as Party[];
    const open = names.flatMap((from) =>
      names.flatMap((to) =>
        ports.flatMap((port) => {
          const pairs = (of.get(from) ?? []).flatMap((client) =>
            (of.get(to) ?? [])
              .filter((target) => (client.subnet ?? target.subnet) !== undefined)
              // Two strangers of the same subnet are none of our business.
              .filter(() => parties[from].group || parties[to].group)
              .map((target) => [client, target] as const),
          );
          const passes = pairs.some(
            ([client, target]) =>
              evaluatePath(network, client, target, { protocol: 'tcp', port }).state !== 'blocked',
          );
          return passes ? [`${from} -> ${to} ${port}`] : [];
        }),
      ),
    );
    expect(open.sort()).toEqual([...meant(environment), ...implied(environment)].sort());
  });

  test('network and flows of the design do not differ anywhere', () => {
    expect(
      environmentFlows(environment)
        .map(({ from, to, port }) => `${from} -> ${to} ${port}`)
        .sort(),
    ).toEqual(meant(environment).sort());
    expect(differences(templates, environment)).toEqual([]);
  });
});

describe('a template that differs from the design is refused, and the rule named', () => {
  const { environment, templates } = synthesized.production as Synthesized;
  const broken = (change: (data: Json) => void): string[] => {
    const copy = structuredClone(templates);
    change(copy.Data);
    return differences(copy, environment);
  };
  const group = (party: string): string =>
    resourcesOf(templates.Data, 'AWS::EC2::SecurityGroup').find(({ Properties }) =>
      Properties.Tags.some(({ Value }: Json) => Value === `hokusai-production-${party}`),
    )?.id ?? '';
  const idOf = (pattern: RegExp): string =>
    Object.keys(templates.Data.Resources).find((id) => pattern.test(id)) ?? `nothing like ${pattern}`;
  const sg = (party: string) => `security group ${group(party)} (hokusai-production-${party})`;
  const acl = idOf(/^DataAcl[0-9A-F]{8}$/);
  const aclWords = `network ACL ${acl} (Data/DataAcl/Acl)`;
  const entry = (members: Json) => ({
    Type: 'AWS::EC2::NetworkAclEntry',
    Properties: { NetworkAclId: { Ref: acl }, Protocol: 6, ...members },
  });
  const ingress = (party: string, members: Json) => ({
    Type: 'AWS::EC2::SecurityGroupIngress',
    Properties: { GroupId: { 'Fn::GetAtt': [group(party), 'GroupId'] }, IpProtocol: 'tcp', ...members },
  });

  test.each<[string, (data: Json) => void, string[]]>([
    [
      'without the rule that admits the clients to the database',
      ({ Resources }) => delete Resources[idOf(/^Groupsdatabasefrom/)],
      [
        `The design lets client to database on tcp/5432, and the network does not: ${sg('database')} has no inbound rule that admits tcp/5432 from ${sg('client')}`,
      ],
    ],
    [
      'without the rule that lets the clients out to the cache',
      ({ Resources }) => delete Resources[idOf(/^Groupsclientto.*cache/)],
      [
        `The design lets client to cache on tcp/6379, and the network does not: ${sg('client')} has no outbound rule that admits tcp/6379 to ${sg('cache')}`,
      ],
    ],
    [
      'with an entry that denies before the one that allows',
      ({ Resources }) => {
        Resources.Denial = entry({
          CidrBlock: '10.30.4.0/24',
          Egress: false,
          RuleAction: 'deny',
          RuleNumber: 90,
          PortRange: { From: 5432, To: 5432 },
        });
      },
      [
        `The design lets client to database on tcp/5432, and the network does not: ${aclWords} inbound entry 90 of the data subnets denies tcp/5432 from 10.30.4.0/24`,
      ],
    ],
    [
      'without the entry for the answers',
      ({ Resources }) => delete Resources[idOf(/^DataAclegress100/)],
      ['client to database on tcp/5432', 'client to cache on tcp/6379'].map(
        (what) =>
          `The design lets ${what}, and the network does not: ${aclWords} of the data subnets has no outbound entry that allows tcp/1024-65535 to 10.30.3.0/24; its entry * denies it`,
      ),
    ],
    [
      'with the database open to every address',
      ({ Resources }) => {
        Resources.Hole = ingress('database', { CidrIp: '0.0.0.0/0', FromPort: 5432, ToPort: 5432 });
      },
      [
        `The network lets upstreams to database on tcp/5432, and no flow of the design does: ${sg('database')} inbound rule tcp/5432 from 0.0.0.0/0 admits it`,
      ],
    ],
    [
      'with the service open to every address',
      ({ Resources }) => {
        Resources.Hole = ingress('client', { CidrIp: '0.0.0.0/0', FromPort: 8001, ToPort: 8001 });
      },
      [
        `The network lets upstreams to client on tcp/8001, and no flow of the design does: ${sg('client')} inbound rule tcp/8001 from 0.0.0.0/0 admits it`,
      ],
    ],
    [
      'with one port more on the load balancer',
      ({ Resources }) => {
        Resources.Hole = ingress('load-balancer', { CidrIp: '0.0.0.0/0', FromPort: 9000, ToPort: 9000 });
      },
      ['upstreams', 'internet'].map(
        (from) =>
          `The network lets ${from} to load-balancer on tcp/9000, and no flow of the design does: ${sg('load-balancer')} inbound rule tcp/9000 from 0.0.0.0/0 admits it`,
      ),
    ],
    [
      'with udp beside tcp',
      ({ Resources }) => {
        Resources.Hole = ingress('load-balancer', {
          CidrIp: '203.0.113.0/24',
          IpProtocol: 'udp',
          FromPort: 443,
          ToPort: 443,
        });
      },
      [
        `The network lets internet to load-balancer on udp/443, and no flow of the design does: ${sg('load-balancer')} inbound rule udp/443 from 203.0.113.0/24 admits it`,
      ],
    ],
    [
      'without the way out of one zone',
      ({ Resources }) => delete Resources[idOf(/^NetworkVpcclientSubnet2DefaultRoute/)],
      [
        expect.stringMatching(
          /^The design lets client to internet on tcp\/443, and the network does not: route table \S+ \(Data\/Network\/Vpc\/clientSubnet2\) of the client subnets has no route to /,
        ) as unknown as string,
      ],
    ],
    [
      'with a subnet that is associated with no route table',
      ({ Resources }) => delete Resources[idOf(/^NetworkVpcclientSubnet1RouteTableAssociation/)],
      [
        expect.stringMatching(
          /route table \S+ \(main\), the main one, of the client subnets has no route to /,
        ) as unknown as string,
      ],
    ],
    [
      'with another group on the database',
      ({ Resources }) => {
        const [database] = resourcesOf({ Resources }, 'AWS::RDS::DBInstance');
        if (database)
          database.Properties.VPCSecurityGroups = [{ 'Fn::GetAtt': [group('client'), 'GroupId'] }];
      },
      expect.arrayContaining([
        'The design lets client to database on tcp/5432, and nothing in the network stands for database',
      ]) as unknown as string[],
    ],
    [
      'with an interface that carries no group of the design',
      ({ Resources }) => {
        Resources.Stranger = {
          Type: 'AWS::Lambda::Function',
          Properties: {
            VpcConfig: {
              SubnetIds: [{ Ref: idOf(/^NetworkVpcclientSubnet1Subnet/) }],
              SecurityGroupIds: ['sg-0123456789abcdef0'],
            },
          },
        };
      },
      ['Stranger-1 (function) does not carry the group of exactly one party of the design'],
    ],
  ])('%s', (_what, change, sentences) => {
    expect(broken(change)).toEqual(sentences);
  });

  test('at synthesis already', () => {
    const app = createApp(scratch());
    const stacks = addStacks(app, chooseEnvironment('development'));
    new CfnSecurityGroupIngress(stacks.data, 'Hole', {
      groupId: stacks.data.group(stacks.data, 'load-balancer').securityGroupId,
      ipProtocol: 'tcp',
      fromPort: 8001,
      toPort: 8001,
      cidrIp: '203.0.113.0/24',
    });
    expect(() => app.synth()).toThrow(
      /The network lets internet to load-balancer on tcp\/8001, .* inbound rule tcp\/8001 from 203\.0\.113\.0\/24 admits it \(Network paths\)/,
    );
  });
});
