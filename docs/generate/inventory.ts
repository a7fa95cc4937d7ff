/**
 * The inventory of an environment, from nothing but its templates: what there is, which ports are open, who may do
 * what, and what is watched. One line for each, sorted: a review of a change sees what it adds and what it takes away.
 */
import { directionWords, entryText, type Network, ruleText } from '../../core/network/index.ts';
import { prefixOf } from '../../lib/environments/index.ts';
import { documented, networkIn, type Resource, type SynthesizedStack, synthesized } from './synthesized.ts';
import { heading } from './table.ts';

type Values = Record<string, unknown>;

/** Properties that name a resource, in the order in which they are looked for. */
const namedBy = [
  ...['FunctionName', 'AlarmName', 'TopicName', 'QueueName', 'LogGroupName', 'DashboardName', 'TrailName'],
  ...[
    'DBInstanceIdentifier',
    'ReplicationGroupId',
    'ClusterName',
    'ServiceName',
    'Family',
    'GroupName',
    'Name',
  ],
];

/** The hash that the CDK appends; of a version of a function one that changes with its code. */
const withoutHash = (id: string): string => id.replace(/([0-9a-f]{32}|[0-9A-F]{8})$/, '');

const nameOf = (id: string, { Properties = {} }: Resource): string => {
  const name = namedBy.map((property) => Properties[property]).find((value) => typeof value === 'string');
  return typeof name === 'string' ? name : withoutHash(id);
};

const block = (lines: Iterable<string>): string =>
  ['```text', ...[...new Set(lines)].sort((one, other) => (one < other ? -1 : 1)), '```'].join('\n');

/** What a value of a template means, for people: references by the name of what they refer to. */
const createWording = (all: readonly SynthesizedStack[]) => {
  const say = (of: SynthesizedStack, value: unknown): string => {
    if (Array.isArray(value)) return value.map((inner) => say(of, inner)).join(', ');
    if (typeof value !== 'object' || value === null) return String(value);
    const { Ref, ...functions } = value as Values;
    const resource = (id: string): string => {
      const found = of.template.Resources[id];
      return found ? `<${nameOf(id, found)}>` : `<${id.replace(/^AWS::/, '')}>`;
    };
    if (typeof Ref === 'string') return resource(Ref);
    const [[name, given] = ['', '']] = Object.entries(functions);
    if (name === 'Fn::GetAtt') {
      const [id, attribute] = given as [string, string];
      return attribute === 'Arn' ? resource(id) : `${resource(id)}.${attribute}`;
    }
    if (name === 'Fn::Join') return (given as [string, unknown[]])[1].map((part) => say(of, part)).join('');
    if (name === 'Fn::Sub') return String([given].flat()[0]);
    if (name !== 'Fn::GetStackOutput') return JSON.stringify(value);
    const { StackName, OutputName } = given as { StackName: string; OutputName: string };
    const other = all.find(({ stack }) => stack === StackName);
    return other ? say(other, other.template.Outputs?.[OutputName]?.Value) : `<${StackName}.${OutputName}>`;
  };
  return say;
};

interface Inventory {
  all: readonly SynthesizedStack[];
  say: ReturnType<typeof createWording>;
  /** Of a type, with the stack that it is in. */
  ofType(type: string): { of: SynthesizedStack; id: string; properties: Values }[];
}

const resources = ({ all }: Inventory): string[] =>
  all.flatMap(({ name, template }) =>
    Object.entries(template.Resources).map(
      ([id, resource]) => `${name.padEnd(14)} ${resource.Type.padEnd(42)} ${nameOf(id, resource)}`,
    ),
  );

/** What AWS makes along with a VPC is in no template. */
const ours = ({ name }: { name?: string }): boolean => name !== 'default';

const portLines = (network: Network): string[] => {
  const called = new Map(network.groups.map(({ id, name }) => [id, name ?? id]));
  const readable = (text: string): string =>
    [...called].reduce((shown, [id, name]) => shown.replaceAll(id, name), text);
  const ofGroups = network.groups.filter(ours).flatMap(({ id, name, ingress, egress }) =>
    Object.entries({ ingress, egress }).flatMap(([direction, rules]) =>
      rules.map((rule) => {
        const way = direction as 'ingress' | 'egress';
        return `${readable(name ?? id)} ${directionWords[way]} ${readable(ruleText(rule, way))}`;
      }),
    ),
  );
  const ofAcls = network.acls
    .filter(ours)
    .flatMap((acl) =>
      acl.entries.map(
        (entry) =>
          `network ACL ${withoutHash(acl.name ?? acl.id)} ${directionWords[entry.direction]} entry ${entryText(entry)}`,
      ),
    );
  return [...ofGroups, ...ofAcls];
};

interface Statement {
  Action?: string | string[];
  Condition?: Values;
  Effect: string;
  Principal?: unknown;
  Resource?: unknown;
}

/** Operator and values of a condition, without the operator: `aws:SourceAccount=<AccountId>`. */
const conditionText = (say: (value: unknown) => string, condition: Values): string =>
  Object.values(condition)
    .flatMap((test) => Object.entries(test as Values))
    .map(([key, value]) => `${key}=${say(value)}`)
    .join(', ');

const grantLines = ({ ofType, say }: Inventory): string[] => {
  /**
   * @param who whose policy it is; unless given, the policy says so itself
   * @param what it is about; unless given, the policy says so itself
   */
  const statements = (
    of: SynthesizedStack,
    document: unknown,
    { who, what }: { who?: string; what?: string } = {},
  ): string[] =>
    (document as { Statement: Statement[] }).Statement.flatMap((statement) => {
      const { Action: actions = [], Condition: condition, Effect: effect, Principal: principal } = statement;
      const named = typeof principal === 'string' ? principal : say(of, Object.values(principal ?? {}));
      const verb = effect === 'Allow' ? 'may' : 'may not';
      const only = condition ? ` if ${conditionText((value) => say(of, value), condition)}` : '';
      const on = what === undefined ? [statement.Resource].flat().map((one) => say(of, one)) : [what];
      return [actions]
        .flat()
        .flatMap((action) => on.map((resource) => `${who ?? named} ${verb} ${action} on ${resource}${only}`));
    });
  const ofResource = (type: string, property = 'PolicyDocument') =>
    ofType(type).flatMap(({ of, properties }) => statements(of, properties[property]));
  const roles = ofType('AWS::IAM::Role').flatMap(({ of, id, properties }) => {
    const role = `<${withoutHash(id)}>`;
    const policies = (properties.Policies ?? []) as { PolicyDocument: unknown }[];
    const managed = (properties.ManagedPolicyArns ?? []) as unknown[];
    return [
      ...policies.flatMap(({ PolicyDocument }) => statements(of, PolicyDocument, { who: role })),
      ...managed.map((policy) => `${role} may what ${say(of, policy)} allows`),
      ...statements(of, properties.AssumeRolePolicyDocument, { what: role }),
    ];
  });
  return [
    ...roles,
    ...ofType('AWS::IAM::Policy').flatMap(({ of, properties }) =>
      statements(of, properties.PolicyDocument, { who: say(of, properties.Roles) }),
    ),
    ...['AWS::SNS::TopicPolicy', 'AWS::SQS::QueuePolicy', 'AWS::S3::BucketPolicy'].flatMap((type) =>
      ofResource(type),
    ),
    ...ofResource('AWS::SecretsManager::ResourcePolicy', 'ResourcePolicy'),
    ...ofType('AWS::Lambda::Permission').map(({ of, properties }) => {
      const { Principal, Action, FunctionName, SourceArn } = properties;
      return `${say(of, Principal)} may ${Action} on ${say(of, FunctionName)} if aws:SourceArn=${say(of, SourceArn)}`;
    }),
  ];
};

const alarmLines = ({ ofType, say }: Inventory): string[] => {
  const tells = (of: SynthesizedStack, { AlarmActions: actions }: Values) =>
    `tells ${say(of, actions ?? 'nobody')}`;
  return [
    ...ofType('AWS::CloudWatch::Alarm').map(({ of, properties }) => {
      const { AlarmName, Statistic, ExtendedStatistic, MetricName, Metrics, Period } = properties;
      const what = Metrics
        ? 'an expression'
        : `${Statistic ?? ExtendedStatistic} of ${MetricName} in ${Period} s`;
      const {
        EvaluationPeriods: n,
        DatapointsToAlarm: m = n,
        TreatMissingData: missing = 'missing',
      } = properties;
      const when = `${properties.ComparisonOperator} ${properties.Threshold} in ${m} of ${n}, no data ${missing}`;
      return `${AlarmName}: ${what} ${when}; ${tells(of, properties)}`;
    }),
    ...ofType('AWS::CloudWatch::CompositeAlarm').map(
      ({ of, properties }) =>
        `${properties.AlarmName}: ${say(of, properties.AlarmRule)}; ${tells(of, properties)}`,
    ),
  ];
};

export const inventoryPage = (name: string): string => {
  const environment = documented(name);
  const all = synthesized(environment);
  const inventory: Inventory = {
    all,
    say: createWording(all),
    ofType: (type) =>
      all.flatMap((of) =>
        Object.entries(of.template.Resources)
          .filter(([, { Type }]) => Type === type)
          .map(([id, { Properties = {} }]) => ({ of, id, properties: Properties })),
      ),
  };
  return [
    heading(`Inventory of ${name}`, `the templates of ${prefixOf(environment)}`),
    'One line for each thing, sorted. A change of the code that changes what is deployed changes this page in the same commit: review its difference beside that of `npx cdk diff`. Names in angle brackets are references.',
    '## Resources',
    block(resources(inventory)),
    '## Ports',
    'Rules of security groups and entries of network ACLs. [diagrams.md](diagrams.md) draws what follows from them.',
    block(portLines(networkIn(all))),
    '## Grants',
    block(grantLines(inventory)),
    '## Alarms',
    'Why they are as they are: [alarms.md](../alarms.md).',
    block(alarmLines(inventory)),
  ].join('\n\n');
};
