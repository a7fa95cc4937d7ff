/** Draws the synthesized stacks of production, from nothing but their templates, as Mermaid flow charts. */
import {
  endsByParty,
  evaluatePath,
  hasGroup,
  type Network,
  type Party,
  parties,
} from '../../core/network/index.ts';
import { prefixOf } from '../../lib/environments/index.ts';
import { documented, networkIn, type SynthesizedStack, synthesized } from './synthesized.ts';
import { heading } from './table.ts';

const environment = documented('production');

const chart = (direction: 'LR' | 'TB', lines: readonly string[]): string =>
  ['```mermaid', `flowchart ${direction}`, ...lines.map((line) => `  ${line}`), '```'].join('\n');

const box = (id: string, text: string): string => `${id}["${text}"]`;
const arrow = (from: string, to: string, text?: string): string =>
  text === undefined ? `${from} --> ${to}` : `${from} -->|"${text}"| ${to}`;

/** Names of `Fn::GetStackOutput`, and logical ids, that a value refers to. */
const referredTo = (value: unknown, key: 'stack' | 'resource'): string[] => {
  if (Array.isArray(value)) return value.flatMap((inner) => referredTo(inner, key));
  if (typeof value !== 'object' || value === null) return [];
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::GetStackOutput': output } = value as Record<string, unknown>;
  if (key === 'resource' && typeof Ref === 'string') return [Ref];
  if (key === 'resource' && Array.isArray(attribute)) return [String(attribute[0])];
  if (key === 'stack' && output) return [(output as { StackName: string }).StackName];
  return Object.values(value).flatMap((inner) => referredTo(inner, key));
};

/** What a stack holds that costs money or keeps something; roles, rules and the like serve these. */
const shown: Record<string, string> = {
  'AWS::EC2::VPC': 'VPC',
  'AWS::EC2::NatGateway': 'NAT gateway',
  'AWS::RDS::DBInstance': 'PostgreSQL',
  'AWS::ElastiCache::ReplicationGroup': 'Redis',
  'AWS::SQS::Queue': 'queue',
  'AWS::SecretsManager::Secret': 'secret',
  'AWS::ECS::Cluster': 'cluster',
  'AWS::ECS::Service': 'service',
  'AWS::ECS::TaskDefinition': 'task definition',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'load balancer',
  'AWS::ElasticLoadBalancingV2::TargetGroup': 'target group',
  'AWS::ServiceDiscovery::Service': 'discovery name',
  'AWS::Lambda::Function': 'function',
  'AWS::CloudTrail::Trail': 'trail',
  'AWS::CloudWatch::Alarm': 'alarm',
  'AWS::CloudWatch::CompositeAlarm': 'composite alarm',
  'AWS::CloudWatch::Dashboard': 'dashboard',
  'AWS::SNS::Topic': 'topic',
};

const counted = ({ template }: SynthesizedStack): string[] =>
  Object.entries(shown).flatMap(([type, word]) => {
    const count = Object.values(template.Resources).filter(({ Type }) => Type === type).length;
    if (count === 0) return [];
    return count === 1 ? [word] : [`${count} ${word}s`];
  });

const stacksChart = (all: readonly SynthesizedStack[]): string =>
  chart('LR', [
    ...all.map((one) => box(one.name, [`<b>${one.name}</b>`, ...counted(one)].join('<br>'))),
    ...all.flatMap((one) => {
      const uses = new Set(referredTo(one.template.Resources, 'stack'));
      return all
        .filter(({ stack }) => uses.has(stack))
        .map((used) => arrow(one.name, used.name, 'refers to'));
    }),
  ]);

/** Ports at which any rule of a security group begins. */
const portsOf = ({ groups }: Network): number[] => {
  const rules = groups.flatMap(({ ingress, egress }) => [...ingress, ...egress]);
  return [...new Set(rules.map(({ ports }) => ports.from))].filter((port) => port > 0).sort((a, b) => a - b);
};

const trafficChart = (all: readonly SynthesizedStack[]): string => {
  const network = networkIn(all);
  const { of } = endsByParty(network, { prefix: prefixOf(environment) });
  const opened = (from: Party, to: Party): number[] =>
    portsOf(network).filter((port) =>
      (of.get(from) ?? []).some((client) =>
        (of.get(to) ?? []).some(
          (target) => evaluatePath(network, client, target, { protocol: 'tcp', port }).state === 'open',
        ),
      ),
    );
  const there = (Object.keys(parties) as Party[]).filter((party) => (of.get(party) ?? []).length > 0);
  const pairs = there.flatMap((from) => there.map((to) => ({ from, to })));
  const arrows = pairs
    .filter(({ from, to }) => from !== to && (hasGroup(from) || hasGroup(to)))
    .map(({ from, to }) => ({ from, to, ports: opened(from, to) }))
    .filter(({ ports }) => ports.length > 0);
  const used = new Set(arrows.flatMap(({ from, to }) => [from, to]));
  return chart('LR', [
    ...there
      .filter((party) => used.has(party))
      .map((party) => box(party, `<b>${party.replace('-', ' ')}</b><br>${parties[party].doc}`)),
    ...arrows.map(({ from, to, ports }) => arrow(from, to, `tcp ${ports.join(', ')}`)),
  ]);
};

/** What a function or a topic is called, without the name of the environment. */
const plain = (text: unknown): string => String(text).replace(`${prefixOf(environment)}-`, '');

const tellingChart = (all: readonly SynthesizedStack[]): string => {
  const resources = Object.entries(
    all.find(({ name: called }) => called === 'Observability')?.template.Resources ?? {},
  );
  const ofType = (type: string) => resources.filter(([, { Type }]) => Type === type);
  const nameOf = (id: string | undefined): string => {
    const properties = resources.find(([found]) => found === id)?.[1].Properties ?? {};
    return plain(properties.FunctionName ?? properties.TopicName);
  };
  const lines = new Set<string>();
  for (const [, { Properties = {} }] of ofType('AWS::Events::Rule')) {
    const { ScheduleExpression: schedule, Targets: targets } = Properties;
    const to = nameOf(referredTo(targets, 'resource')[0]);
    if (schedule === undefined)
      lines.add(arrow(box('changes', 'calls that change<br>the configuration'), to));
    else
      lines.add(
        arrow(
          box('schedules', 'schedules'),
          to,
          String(schedule).replace(/^rate\((?:1 )?(.*)\)$/, 'every $1'),
        ),
      );
  }
  const told = (type: string): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const [, { Properties = {} }] of ofType(type))
      for (const id of new Set(referredTo(Properties.AlarmActions, 'resource')))
        counts.set(nameOf(id), (counts.get(nameOf(id)) ?? 0) + 1);
    return counts;
  };
  for (const [to, count] of told('AWS::CloudWatch::Alarm'))
    lines.add(arrow(box('alarms', 'alarms'), to, count === 1 ? 'one of them' : `${count} of them`));
  for (const [to] of told('AWS::CloudWatch::CompositeAlarm'))
    lines.add(arrow(box('impact', 'user-impact'), to));
  const subscriptions = ofType('AWS::SNS::Subscription').map(([, { Properties = {} }]) => ({
    from: referredTo(Properties.TopicArn, 'resource')[0],
    to: referredTo(Properties.Endpoint, 'resource')[0],
  }));
  for (const { from, to } of subscriptions)
    lines.add(arrow(nameOf(from), to === undefined ? box('people', 'people') : nameOf(to)));
  const publishing = ofType('AWS::IAM::Policy').flatMap(([, { Properties = {} }]) => {
    const { Statement: statements } = Properties.PolicyDocument as { Statement: Record<string, unknown>[] };
    const publish = statements.filter(({ Action }) => [Action].flat().includes('sns:Publish'));
    const roles = referredTo(Properties.Roles, 'resource');
    return publish.map(({ Resource }) => ({ roles, to: referredTo(Resource, 'resource') }));
  });
  for (const [id, { Properties = {} }] of ofType('AWS::Lambda::Function')) {
    const [role = ''] = referredTo(Properties.Role, 'resource');
    const to = publishing.filter(({ roles }) => roles.includes(role)).flatMap((one) => one.to);
    for (const topic of to) lines.add(arrow(nameOf(id), nameOf(topic), 'publishes'));
  }
  return chart('LR', [...lines]);
};

export const diagramsPage = (): string => {
  const all = synthesized(environment);
  return [
    heading('Diagrams', 'the templates of production'),
    'What is drawn is what was synthesized: nothing here is drawn by hand. [architecture.md](../architecture.md) says why it is so.',
    '## The stacks',
    'What they hold, and which refers to the outputs of which. Roles, policies, rules and log groups are left out.',
    stacksChart(all),
    '## Who reaches whom',
    'Each arrow is a connection that security groups, network ACLs and routes of the templates let pass, answers included; where there is no arrow, none passes. The ports are those that any rule names.',
    trafficChart(all),
    '## What runs when, and who is told',
    'Schedules and rules with the functions that they run, and the way of an alarm. People subscribe to the topics of delivery, or are named by `alerts` of the environment.',
    tellingChart(all),
  ].join('\n\n');
};
