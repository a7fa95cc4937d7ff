import type { Json, Resource, Template } from './synthesized.ts';
import { resourcesOf } from './synthesized.ts';

const list = (value: Json): Json[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

const interfaceActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
];

/** Statements that allow something to a role, by its logical id. */
const statementsOf = (template: Template, role: string): Json[] => {
  const own = template.Resources[role]?.Properties.Policies ?? [];
  const attached = resourcesOf(template, 'AWS::IAM::Policy')
    .filter(({ Properties }) => list(Properties.Roles).some(({ Ref }) => Ref === role))
    .map(({ Properties }) => Properties);
  return [...own, ...attached]
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Effect }) => Effect === 'Allow');
};

const allows = (template: Template, role: string, action: string, resource: Json): boolean =>
  statementsOf(template, role).some(
    (statement) =>
      list(statement.Action).includes(action) &&
      list(statement.Resource).some(
        (allowed) =>
          allowed === '*' || JSON.stringify(allowed).replace('-??????', '') === JSON.stringify(resource),
      ),
  );

const roleOf = (reference: Json): string => reference?.['Fn::GetAtt']?.[0] ?? '';

/** Functions of ours; those that CDK brings have another entry point. */
export const ownFunctions = (template: Template): (Resource & { id: string })[] =>
  resourcesOf(template, 'AWS::Lambda::Function').filter(
    ({ Properties }) => Properties.Handler === 'index.handler',
  );

/** Beside what every function needs: the calls that this one's code makes. */
const calls: Record<string, string[]> = {
  'database-name-probe': [
    'rds:DescribeDBInstances',
    'ecs:DescribeServices',
    'ecs:DescribeTaskDefinition',
    'ecs:ListTasks',
    'ecs:DescribeTasks',
    'secretsmanager:DescribeSecret',
  ],
  'network-path-probe': [
    'ec2:DescribeManagedPrefixLists',
    'ec2:DescribeNetworkAcls',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeRouteTables',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    'ec2:GetManagedPrefixListEntries',
  ],
  'alarm-notifier': [
    'cloudwatch:DescribeAlarms',
    'cloudwatch:DescribeAlarmHistory',
    'logs:FilterLogEvents',
    'sns:Publish',
  ],
  'migration-runner': ['ecs:RunTask', 'ecs:DescribeTasks', 'iam:PassRole'],
};

/** What the roles of a template lack for what their functions and tasks are configured to do. */
export const missingGrants = (template: Template): string[] => {
  const missing: string[] = [];
  const need = (holder: string, role: string, action: string, resource: Json) => {
    if (!allows(template, role, action, resource)) missing.push(`${holder}: ${action}`);
  };
  for (const { id, Properties } of ownFunctions(template)) {
    const role = roleOf(Properties.Role);
    const logGroup = { 'Fn::GetAtt': [Properties.LoggingConfig?.LogGroup?.Ref, 'Arn'] };
    for (const action of ['logs:CreateLogStream', 'logs:PutLogEvents']) need(id, role, action, logGroup);
    if (Properties.VpcConfig) for (const action of interfaceActions) need(id, role, action, '*');
    if (Properties.TracingConfig) need(id, role, 'xray:PutTraceSegments', '*');
    for (const [name, value] of Object.entries(Properties.Environment.Variables)) {
      if (name.endsWith('_SECRET_ID')) need(`${id} ${name}`, role, 'secretsmanager:GetSecretValue', value);
    }
    const kind = Object.keys(calls).find((name) => Properties.FunctionName.endsWith(name)) ?? '';
    for (const action of calls[kind] ?? []) {
      if (!statementsOf(template, role).some(({ Action }) => list(Action).includes(action))) {
        missing.push(`${id}: ${action}`);
      }
    }
  }
  for (const { id, Properties } of resourcesOf(template, 'AWS::ECS::TaskDefinition')) {
    const [task, execution] = [roleOf(Properties.TaskRoleArn), roleOf(Properties.ExecutionRoleArn)];
    if (JSON.stringify(Properties).includes('.dkr.ecr.'))
      need(id, execution, 'ecr:GetAuthorizationToken', '*');
    for (const container of Properties.ContainerDefinitions) {
      const logGroup = { 'Fn::GetAtt': [container.LogConfiguration.Options['awslogs-group'].Ref, 'Arn'] };
      need(`${id} ${container.Name}`, execution, 'logs:PutLogEvents', logGroup);
      for (const { Name, ValueFrom } of container.Secrets ?? []) {
        const [secret] = ValueFrom['Fn::Join'][1];
        need(`${id} ${Name}`, execution, 'secretsmanager:GetSecretValue', secret);
      }
      for (const { Name, Value } of container.Environment ?? []) {
        if (Name.endsWith('_SECRET_ID')) need(`${id} ${Name}`, task, 'secretsmanager:GetSecretValue', Value);
        if (Name === 'MESSAGE_QUEUE_URL') {
          const send = statementsOf(template, task).some(({ Action }) =>
            list(Action).includes('sqs:SendMessage'),
          );
          if (!send) missing.push(`${id}: sqs:SendMessage`);
        }
      }
      if (container.Name === 'otel-collector') need(id, task, 'xray:PutTraceSegments', '*');
    }
  }
  return missing;
};

/** Secrets that a role may read, as references. */
export const readableSecrets = (template: Template, role: Json): string[] =>
  statementsOf(template, roleOf(role))
    .filter(({ Action }) => list(Action).includes('secretsmanager:GetSecretValue'))
    .flatMap(({ Resource }) => list(Resource).map((resource) => JSON.stringify(resource)))
    // A secret known by its name: six characters of its ARN are not.
    .map((resource) => resource.replace('-??????', ''));

/** Every action that a role is allowed on something. */
export const allowedActions = (template: Template, role: Json): string[] =>
  statementsOf(template, roleOf(role)).flatMap(({ Action }) => list(Action));

/** Actions that are allowed with a wildcard in their name. */
export const wildcardActions = (template: Template): string[] =>
  Object.keys(template.Resources)
    .filter((id) => template.Resources[id]?.Type === 'AWS::IAM::Role')
    .flatMap((id) => statementsOf(template, id).flatMap(({ Action }) => list(Action)))
    .filter((action) => action.includes('*'));
