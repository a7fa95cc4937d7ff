import { describe, expect, test } from '@jest/globals';
import {
  deployedRevisionTag,
  findDrift,
  type SecretFacts,
  secretReferenceOf,
  type TaskFacts,
  type TaskRevision,
  type Variable,
} from '../../../core/drift/index.ts';
import { discoveryDomain } from '../../../lib/environments/index.ts';
import { readableSecrets } from './grants.ts';
import {
  cases,
  dereferenced,
  type Json,
  resourcesOf,
  type Synthesized,
  synthesized,
  theOne,
} from './synthesized.ts';

/** Keys that each secret of the data stack has once it exists. */
const keysOf = ({ Properties }: Json): string[] => {
  const { SecretStringTemplate: template, GenerateStringKey: key } = Properties.GenerateSecretString;
  // The template is a text with references in it; the names of its keys are literal.
  return [...JSON.stringify(template).matchAll(/\\+"(\w+)\\+":/g)].map(([, name]) => name ?? '').concat(key);
};

/** A secret's ARN as it will look once it is deployed. */
const arnOf = (logicalId: string): string =>
  `arn:aws:secretsmanager:us-east-1:123456789012:secret:${logicalId}-AbCdEf`;

const variablesOf = (synthesis: Synthesized, { Environment = [], Secrets = [] }: Json): Variable[] => [
  ...Environment.map(({ Name: name, Value: value }: Json) => ({
    name,
    from: 'environment',
    // A reference has its value only where it is deployed.
    ...(typeof value === 'string' && { value }),
  })),
  ...Secrets.map(({ Name: name, ValueFrom }: Json) => {
    const [reference, rest = ''] = ValueFrom['Fn::Join']?.[1] ?? [ValueFrom];
    return { name, from: 'secrets', reference: `${arnOf(dereferenced(synthesis, reference).Ref)}${rest}` };
  }),
];

/** What is known of a task before it is deployed: its own definition, the secrets that will be there, the grants. */
const factsOf = (synthesis: Synthesized, definition: Json, reader: TaskFacts['reader']): TaskFacts => {
  const { templates, environment } = synthesis;
  const [container] = definition.ContainerDefinitions;
  const running: TaskRevision = {
    name: `${definition.Family}:1`,
    variables: variablesOf(synthesis, container),
  };
  const granted = readableSecrets(templates.Service, definition.ExecutionRoleArn).map(
    (text) => dereferenced(synthesis, JSON.parse(text))?.Ref,
  );
  const secrets = running.variables.flatMap(({ reference }): SecretFacts[] => {
    const arn = secretReferenceOf(reference ?? '')?.arn;
    if (arn === undefined) return [];
    const secret = resourcesOf(templates.Data, 'AWS::SecretsManager::Secret').find(
      ({ id }) => arnOf(id) === arn,
    );
    if (!secret) return [{ arn, state: 'missing' }];
    return [
      { arn, state: 'there', fullArn: arn, keys: keysOf(secret), readable: granted.includes(secret.id) },
    ];
  });
  return {
    reader,
    running,
    secrets,
    namespace: discoveryDomain(environment),
    own: { hosts: [`api.${discoveryDomain(environment)}`], addresses: [] },
  };
};

const tasksOf = (synthesis: Synthesized) =>
  resourcesOf(synthesis.templates.Service, 'AWS::ECS::TaskDefinition').map(({ Properties }) => ({
    definition: Properties,
    reader: Properties.Family.includes('-migrate-') ? ('migrate' as const) : ('service' as const),
  }));

describe.each(cases)('task definitions of %s', (_name, synthesis) => {
  test('are what the drift check wants: names, values, addresses, and secrets that their role may read', () => {
    const tasks = tasksOf(synthesis);
    expect(tasks.map(({ reader }) => reader).sort()).toEqual(['migrate', 'service']);
    for (const { definition, reader } of tasks) {
      const facts = factsOf(synthesis, definition, reader);
      expect(facts.secrets?.length).toBeGreaterThan(0);
      expect(findDrift(facts)).toEqual([]);
    }
  });

  test('hold an upstream of the environment that the drift check wants too', () => {
    const [service] = tasksOf(synthesis).filter(({ reader }) => reader === 'service');
    const facts = factsOf(synthesis, service?.definition, 'service');
    const { mlflow, auth } = synthesis.environment.upstreams;
    const variables = facts.running.variables.map((variable) => {
      if (variable.name === 'MLFLOW_TRACKING_URI') return { ...variable, value: mlflow };
      return variable.name === 'AUTH_SERVICE_URL' ? { ...variable, value: auth } : variable;
    });
    expect(findDrift({ ...facts, running: { ...facts.running, variables } })).toEqual([]);
  });

  test('stand as a tag on their service, so that what was deployed is known', () => {
    const { Properties } = theOne(synthesis.templates.Service, 'AWS::ECS::Service');
    expect(Properties.Tags).toContainEqual({ Key: deployedRevisionTag, Value: Properties.TaskDefinition });
  });
});

describe('a task definition that drifts from the contract is found in the template', () => {
  const changed = (change: (container: Json, template: Json) => void): string[] => {
    const production = structuredClone(synthesized.production) as Synthesized;
    const { definition } = tasksOf(production).find(({ reader }) => reader === 'service') ?? {};
    change(definition?.ContainerDefinitions[0], production.templates.Service);
    return findDrift(factsOf(production, definition, 'service')).map(
      ({ rule, variable }) => `${rule} ${variable}`,
    );
  };

  test.each<[string, (container: Json, template: Json) => void, string]>([
    [
      'I-41 a name in both lists',
      ({ Environment, Secrets }) => Environment.push({ Name: Secrets[0].Name, Value: 'x' }),
      'name-in-both-lists DATABASE_PASSWORD',
    ],
    [
      'I-41 a secret without its key',
      ({ Secrets }) => {
        Secrets[0].ValueFrom = Secrets[0].ValueFrom['Fn::Join'][1][0];
      },
      'secret-without-key DATABASE_PASSWORD',
    ],
    [
      'I-57 an execution role without its grant',
      (_container, template) => {
        for (const { Properties } of resourcesOf(template, 'AWS::IAM::Policy'))
          Properties.PolicyDocument.Statement = Properties.PolicyDocument.Statement.filter(
            (statement: Json) => !JSON.stringify(statement).includes('secretsmanager:GetSecretValue'),
          );
      },
      'secret-not-readable DATABASE_PASSWORD',
    ],
    [
      'a required name that is missing',
      (container) => {
        container.Environment = container.Environment.filter(
          ({ Name }: Json) => Name !== 'MLFLOW_TRACKING_URI',
        );
      },
      'setting-missing MLFLOW_TRACKING_URI',
    ],
    [
      'I-35 the address of a task',
      ({ Environment }) => Environment.push({ Name: 'MLFLOW_SERVER_URL', Value: 'http://10.0.1.88:5000' }),
      'private-address MLFLOW_SERVER_URL',
    ],
    [
      'I-09 a service id that auth does not know',
      ({ Environment }) => {
        Environment.find(({ Name }: Json) => Name === 'AUTH_SERVICE_ID').Value = 'ml-platform';
      },
      'setting-refused AUTH_SERVICE_ID',
    ],
  ])('%s', (_what, change, expected) => {
    expect(changed(change)).toContain(expected);
  });
});
