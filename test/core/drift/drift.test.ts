import { describe, expect, test } from '@jest/globals';
import { causes } from '../../../core/causes/index.ts';
import { type DriftRuleName, driftRules, findDrift, type TaskFacts } from '../../../core/drift/index.ts';
import {
  deployedWith,
  healthy,
  injected,
  plain,
  registeredWith,
  revision,
  roleArn,
  secretArn,
  secretFacts,
  variables,
  without,
  withVariables,
} from './facts.ts';

interface Case {
  rule: DriftRuleName;
  variable?: string;
  facts: TaskFacts;
  /** Parts of the sentence. */
  says: readonly string[];
  /** A part of the repair. */
  fix: string;
}

const application = secretArn('database/application');
const parameter = 'arn:aws:ssm:us-east-1:123456789012:parameter/hokusai/development/redis/endpoint';
const secretPassword = 'hunter2-and-more';
const putBack = 'Deploy the service stack again, which puts back what was deployed';
const correct = 'Correct it in the file of the environment';

const cases: Readonly<Record<string, Case>> = {
  'I-41 a name in the environment and among the secrets': {
    rule: 'name-in-both-lists',
    variable: 'REDIS_PORT',
    facts: deployedWith([...variables, injected('REDIS_PORT', `${application}:port::`)]),
    says: ['REDIS_PORT stands both in the environment and among the secrets'],
    fix: correct,
  },
  'I-41 a secret that was appended instead of merged': {
    rule: 'name-twice',
    variable: 'REDIS_AUTH_TOKEN',
    facts: deployedWith([
      ...variables,
      injected('REDIS_AUTH_TOKEN', `${secretArn('redis/auth-token')}:auth_token::`),
    ]),
    says: ['REDIS_AUTH_TOKEN stands 2 times among the secrets'],
    fix: correct,
  },
  'a variable that is set twice': {
    rule: 'name-twice',
    variable: 'LOG_LEVEL',
    facts: deployedWith([...variables, plain('LOG_LEVEL', 'info'), plain('LOG_LEVEL', 'warn')]),
    says: ['LOG_LEVEL stands 2 times in the environment'],
    fix: correct,
  },
  'I-31 a name that nothing reads, with the one that was meant': {
    rule: 'name-not-read',
    variable: 'DATABASE_POOLSIZE',
    facts: deployedWith([...variables, plain('DATABASE_POOLSIZE', '5')]),
    says: ['DATABASE_POOLSIZE is set, and the service does not read it; did you mean DATABASE_POOL_SIZE?'],
    fix: 'Rename it to DATABASE_POOL_SIZE, or remove it.',
  },
  'a name that looks like none of the contract': {
    rule: 'name-not-read',
    variable: 'FEATURE_FLAGS',
    facts: deployedWith([...variables, plain('FEATURE_FLAGS', 'a,b')]),
    says: ['FEATURE_FLAGS is set, and the service does not read it'],
    fix: 'Remove it, or add it to the contract',
  },
  'a name that only another program reads': {
    rule: 'name-not-read',
    variable: 'MIGRATION_LOCK_TIMEOUT',
    facts: deployedWith([...variables, plain('MIGRATION_LOCK_TIMEOUT', '60')]),
    says: ['the service does not read it (migrate would)'],
    fix: 'Remove it',
  },
  'I-07 an upstream that is not set': {
    rule: 'setting-missing',
    variable: 'MLFLOW_TRACKING_URI',
    facts: deployedWith(without('MLFLOW_TRACKING_URI')),
    says: ['MLFLOW_TRACKING_URI is not set'],
    fix: correct,
  },
  'I-39 Redis on, and its host not set': {
    rule: 'setting-missing',
    variable: 'REDIS_HOST',
    facts: deployedWith(without('REDIS_HOST')),
    says: ['REDIS_HOST is not set'],
    fix: correct,
  },
  'I-09 a service id that auth does not know': {
    rule: 'setting-refused',
    variable: 'AUTH_SERVICE_ID',
    facts: deployedWith(withVariables(plain('AUTH_SERVICE_ID', 'ml-platform'))),
    says: ['AUTH_SERVICE_ID cannot be used ("ml-platform")', 'website, prediction, platform'],
    fix: correct,
  },
  'I-25 the same under its alias': {
    rule: 'setting-refused',
    variable: 'HOKUSAI_AUTH_SERVICE_ID',
    facts: deployedWith([...without('AUTH_SERVICE_ID'), plain('HOKUSAI_AUTH_SERVICE_ID', 'ml-platform')]),
    says: ['HOKUSAI_AUTH_SERVICE_ID cannot be used'],
    fix: correct,
  },
  'I-51 a time-out that is beyond every bound': {
    rule: 'setting-refused',
    variable: 'AUTH_SERVICE_TIMEOUT',
    facts: deployedWith([...variables, plain('AUTH_SERVICE_TIMEOUT', '120')]),
    says: ['AUTH_SERVICE_TIMEOUT cannot be used ("120"): write seconds as a number from 0.1 to 20'],
    fix: correct,
  },
  'I-31 two names of one setting that differ': {
    rule: 'setting-refused',
    variable: 'DATABASE_USER',
    facts: registeredWith([...variables, plain('DB_USER', 'postgres')]),
    says: ['DATABASE_USER and DB_USER are two names of one setting', '"mlflow" and "postgres"'],
    fix: correct,
  },
  'an address that is the text of its placeholder': {
    rule: 'placeholder-left',
    variable: 'MLFLOW_TRACKING_URI',
    facts: deployedWith(withVariables(plain('MLFLOW_TRACKING_URI', 'http://${MLFLOW_HOST}:5000'))),
    says: ['MLFLOW_TRACKING_URI still holds a template reference'],
    fix: correct,
  },
  'a password in plain text': {
    rule: 'secret-in-plain-text',
    variable: 'DATABASE_PASSWORD',
    facts: registeredWith(withVariables(plain('DATABASE_PASSWORD', secretPassword))),
    says: ['DATABASE_PASSWORD holds a secret of the contract in plain text'],
    fix: 'Put it into Secrets Manager',
  },
  'D-42 a password in a URL': {
    rule: 'secret-in-plain-text',
    variable: 'DATABASE_URL',
    facts: registeredWith([
      ...variables,
      plain(
        'DATABASE_URL',
        `postgresql://mlflow:${secretPassword}@db.example.us-east-1.rds.amazonaws.com/mlflow_db`,
      ),
    ]),
    says: ['DATABASE_URL holds a URL with a password in plain text'],
    fix: 'Put it into Secrets Manager',
  },
  'a token of another service in plain text': {
    rule: 'secret-in-plain-text',
    variable: 'HUGGINGFACE',
    facts: registeredWith([...variables, plain('HUGGINGFACE', `hf_${'a1'.repeat(15)}`)]),
    says: ['HUGGINGFACE holds a Hugging Face token in plain text'],
    fix: 'replace the value, which is known now',
  },
  'a value that its name calls a secret': {
    rule: 'secret-in-plain-text',
    variable: 'WEBHOOK_SECRET',
    facts: registeredWith([...variables, plain('WEBHOOK_SECRET', secretPassword)]),
    says: ['WEBHOOK_SECRET holds by its name a credential in plain text'],
    fix: 'Put it into Secrets Manager',
  },
  'I-07 an upstream on localhost': {
    rule: 'loopback-address',
    variable: 'MLFLOW_TRACKING_URI',
    facts: registeredWith(withVariables(plain('MLFLOW_TRACKING_URI', 'http://localhost:5000'))),
    says: ['MLFLOW_TRACKING_URI leads to localhost, the task itself'],
    fix: 'Write the name of the server',
  },
  'I-39 Redis on localhost, by an address without a scheme': {
    rule: 'loopback-address',
    variable: 'REDIS_URL',
    facts: registeredWith([...without('REDIS_HOST', 'REDIS_PORT'), plain('REDIS_URL', 'localhost:6379')]),
    says: ['REDIS_URL leads to localhost'],
    fix: 'Write the name of the server',
  },
  'I-35 the address of a task in place of a name': {
    rule: 'private-address',
    variable: 'MLFLOW_TRACKING_URI',
    facts: deployedWith(withVariables(plain('MLFLOW_TRACKING_URI', 'http://10.0.1.173:5000'))),
    says: ['MLFLOW_TRACKING_URI leads to the private address 10.0.1.173'],
    fix: 'inside the VPC its discovery name',
  },
  'I-51 the same in a variable that the contract does not know': {
    rule: 'private-address',
    variable: 'MLFLOW_FALLBACK_IP',
    facts: registeredWith([...variables, plain('MLFLOW_FALLBACK_IP', '10.0.3.219')]),
    says: ['MLFLOW_FALLBACK_IP leads to the private address 10.0.3.219'],
    fix: 'Write the name of the server',
  },
  'I-17 an upstream that is a name of the own load balancer': {
    rule: 'upstream-loop',
    variable: 'MLFLOW_TRACKING_URI',
    facts: deployedWith(
      withVariables(
        plain('MLFLOW_TRACKING_URI', 'http://Hokusai-Development-1.us-east-1.elb.amazonaws.com/mlflow'),
      ),
    ),
    says: ['which is a name of this very service: each request would ask itself'],
    fix: 'Write the internal address of the upstream',
  },
  'D-42 an upstream whose public name has the addresses of the own load balancer': {
    rule: 'upstream-loop',
    variable: 'MLFLOW_TRACKING_URI',
    facts: deployedWith(withVariables(plain('MLFLOW_TRACKING_URI', 'https://registry.example.com/mlflow')), {
      addresses: new Map([['registry.example.com', ['203.0.113.8']]]),
    }),
    says: ['leads to registry.example.com, which leads to 203.0.113.8, an address of this very service'],
    fix: 'Write the internal address of the upstream',
  },
  'I-43 a discovery name of another namespace': {
    rule: 'name-outside-namespace',
    variable: 'MLFLOW_TRACKING_URI',
    facts: deployedWith(withVariables(plain('MLFLOW_TRACKING_URI', 'http://mlflow.hokusai-dev.local:5000'))),
    says: ['mlflow.hokusai-dev.local, and the discovery names here end in .hokusai-development.local'],
    fix: 'registered under hokusai-development.local',
  },
  'I-39 a value from a parameter that nothing creates': {
    rule: 'reference-elsewhere',
    variable: 'REDIS_HOST',
    facts: registeredWith([...without('REDIS_HOST'), injected('REDIS_HOST', parameter)]),
    says: [`REDIS_HOST is taken from ${parameter}, which is no secret of Secrets Manager`],
    fix: 'Give the value in the environment',
  },
  'I-41 a secret without the selector of its key': {
    rule: 'secret-without-key',
    variable: 'REDIS_AUTH_TOKEN',
    facts: deployedWith(withVariables(injected('REDIS_AUTH_TOKEN', secretArn('redis/auth-token')))),
    says: ['REDIS_AUTH_TOKEN takes the whole secret'],
    fix: 'Append the key to valueFrom',
  },
  'I-39 a secret that does not exist': {
    rule: 'secret-not-there',
    variable: 'REDIS_AUTH_TOKEN',
    facts: { ...healthy, secrets: secretFacts('redis/auth-token', { state: 'missing', fullArn: undefined }) },
    says: [
      'REDIS_AUTH_TOKEN refers to the secret hokusai/development/redis/auth-token-AbCdEf, which does not exist',
    ],
    fix: 'Restore the secret',
  },
  'a secret that is marked for deletion': {
    rule: 'secret-not-there',
    variable: 'DATABASE_PASSWORD',
    facts: { ...healthy, secrets: secretFacts('database/application', { state: 'deleted' }) },
    says: ['marked for deletion: no new task starts'],
    fix: 'restore-secret',
  },
  'a secret that was created and never written': {
    rule: 'secret-not-there',
    variable: 'REDIS_AUTH_TOKEN',
    facts: { ...healthy, secrets: secretFacts('redis/auth-token', { state: 'empty' }) },
    says: ['which has no current value'],
    fix: 'Write a value into it',
  },
  'a secret of another deployment': {
    rule: 'secret-not-there',
    variable: 'DATABASE_PASSWORD',
    facts: registeredWith(withVariables(injected('DATABASE_PASSWORD', `${secretArn('other')}:password::`)), {
      secrets: [{ arn: secretArn('other'), state: 'foreign' }],
    }),
    says: ['which is none of the secrets of this deployment'],
    fix: 'refers to its own',
  },
  'I-41 a secret without the characters at the end of its ARN': {
    rule: 'secret-arn-cut',
    variable: 'DATABASE_PASSWORD',
    facts: deployedWith(
      withVariables(injected('DATABASE_PASSWORD', `${application.slice(0, -7)}:password::`)),
      { secrets: [{ arn: application.slice(0, -7), state: 'there', fullArn: application }] },
    ),
    says: ['without its last six characters'],
    fix: `Write ${application} in valueFrom.`,
  },
  'a key that the secret does not have': {
    rule: 'secret-key-missing',
    variable: 'DATABASE_PASSWORD',
    facts: { ...healthy, secrets: secretFacts('database/application', { keys: ['host', 'username'] }) },
    says: ['refers to the key password of the secret', 'which has host, username'],
    fix: 'Write the key into the secret',
  },
  'I-57 an execution role that may not read a secret': {
    rule: 'secret-not-readable',
    variable: 'DATABASE_PASSWORD',
    facts: { ...healthy, secrets: secretFacts('database/application', { readable: false }) },
    says: ['which the execution role execution may not read: no new task starts'],
    fix: 'secretsmanager:GetSecretValue',
  },
  'I-69 the revision of the stack that does not run': {
    rule: 'revision-not-deployed',
    facts: {
      ...healthy,
      running: revision(150),
      deployed: revision(151),
      newest: { name: 'hokusai-api-development:151' },
    },
    says: ['revision hokusai-api-development:150 runs, and hokusai-api-development:151 was deployed'],
    fix: 'audit log',
  },
  'I-33 a revision that was registered and is not used': {
    rule: 'revision-not-used',
    facts: {
      ...healthy,
      newest: {
        name: 'hokusai-api-development:9',
        registeredBy: 'arn:aws:sts::123456789012:assumed-role/Admin/jane',
        registeredAt: '2026-01-01T10:00:00.000Z',
      },
    },
    says: [
      'revision hokusai-api-development:9 is the newest (registered by arn:aws:sts::123456789012:assumed-role/Admin/jane, 2026-01-01T10:00:00.000Z), and hokusai-api-development:7 runs',
    ],
    fix: 'deregister it',
  },
  'I-69 a secret that was deployed and is not in what runs': {
    rule: 'name-not-running',
    variable: 'REDIS_AUTH_TOKEN',
    facts: registeredWith(without('REDIS_AUTH_TOKEN')),
    says: ['REDIS_AUTH_TOKEN was deployed as a secret, and the running task does not have it'],
    fix: putBack,
  },
  'a setting that somebody added by hand': {
    rule: 'name-not-deployed',
    variable: 'LOG_LEVEL',
    facts: registeredWith([...variables, plain('LOG_LEVEL', 'debug')]),
    says: ['the running task has LOG_LEVEL as plain text, which was not deployed'],
    fix: putBack,
  },
  'I-27 the database name of a revision made by hand': {
    rule: 'value-not-deployed',
    variable: 'DATABASE_NAME',
    facts: registeredWith(withVariables(plain('DATABASE_NAME', 'mlflow'))),
    says: ['DATABASE_NAME was deployed as "mlflow_db" and runs as "mlflow"'],
    fix: putBack,
  },
  'another key of the secret than was deployed': {
    rule: 'value-not-deployed',
    variable: 'DATABASE_PASSWORD',
    facts: registeredWith(withVariables(injected('DATABASE_PASSWORD', `${application}:username::`))),
    says: [`was deployed with the reference ${application}:password:: and runs with`],
    fix: putBack,
  },
  'a setting that was deployed in plain text and comes from a secret now': {
    rule: 'value-not-deployed',
    variable: 'DATABASE_USER',
    facts: registeredWith([
      ...without('DATABASE_USER'),
      injected('DATABASE_USER', `${application}:username::`),
    ]),
    says: ['DATABASE_USER was deployed as plain text and runs as a secret'],
    fix: putBack,
  },
  'I-59 another execution role than was deployed': {
    rule: 'role-not-deployed',
    facts: registeredWith(variables, {
      running: revision(8, { executionRole: 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole' }),
    }),
    says: ['role/ecsTaskExecutionRole, and', roleArn],
    fix: putBack,
  },
  'I-44 another image than was deployed': {
    rule: 'image-not-deployed',
    facts: registeredWith(variables, { running: revision(8, { image: 'example/api:latest' }) }),
    says: ['the image is example/api:latest, and 123456789012.dkr.ecr'],
    fix: putBack,
  },
  'I-44 a tag that was moved between the starts of two tasks': {
    rule: 'image-moved',
    facts: {
      ...healthy,
      images: [
        { task: 'a1', revision: 'hokusai-api-development:7', digest: `sha256:${'1'.repeat(64)}` },
        { task: 'a2', revision: 'hokusai-api-development:7', digest: `sha256:${'2'.repeat(64)}` },
      ],
    },
    says: [
      'run sha256:111111111111 (task a1), sha256:222222222222 (task a2): the tag of their image was moved',
    ],
    fix: 'every task starts from one image',
  },
  'I-44 a digest that is not the one that the revision names': {
    rule: 'image-moved',
    facts: {
      ...healthy,
      running: revision(7, { image: `example/api@sha256:${'3'.repeat(64)}` }),
      deployed: revision(7, { image: `example/api@sha256:${'3'.repeat(64)}` }),
    },
    says: ['and the revision names sha256:333333333333'],
    fix: 'every task starts from one image',
  },
};

/** What else a case is: an address of another server is also not what was deployed, and so on. */
const findingOf = (facts: TaskFacts, rule: string, variable: string | undefined) =>
  findDrift(facts).find((finding) => finding.rule === rule && finding.variable === variable);

describe('the drift of a task', () => {
  test('is nothing when it runs as the contract and the deployment say', () => {
    expect(findDrift(healthy)).toEqual([]);
  });

  test.each(Object.entries(cases))('%s is found', (_name, { rule, variable, facts, says, fix }) => {
    const finding = findingOf(facts, rule, variable);
    expect(finding).toMatchObject({ rule, cause: driftRules[rule].cause });
    for (const part of says) expect(finding?.sentence).toContain(part);
    expect(finding?.fix).toContain(fix);
    expect(causes[driftRules[rule].cause].layer).toBe('config');
  });

  test.each(Object.entries(cases))('%s shows no secret', (_name, { facts }) => {
    expect(JSON.stringify(findDrift(facts))).not.toMatch(/hunter2|hf_a1/);
  });

  test('every rule has a case, and none finds anything in a healthy task', () => {
    expect(new Set(Object.values(cases).map(({ rule }) => rule))).toEqual(new Set(Object.keys(driftRules)));
  });

  test('is one finding for each thing that is wrong: a changed value that the contract refuses is not named twice', () => {
    const facts = registeredWith(withVariables(plain('AUTH_SERVICE_ID', 'ml-platform')));
    expect(findDrift(facts).map(({ rule }) => rule)).toEqual(['setting-refused', 'revision-not-deployed']);
  });

  test('is not judged against the deployment while a roll-out is on, and still against the contract', () => {
    const rolling = registeredWith(withVariables(plain('DATABASE_NAME', 'mlflow')), { rollingOut: true });
    expect(findDrift(rolling)).toEqual([]);
    const wrong = registeredWith(withVariables(plain('AUTH_SERVICE_ID', 'x')), { rollingOut: true });
    expect(findDrift(wrong).map(({ rule }) => rule)).toEqual(['setting-refused']);
  });

  test('is what the contract says where nothing is known of the deployment', () => {
    const { reader, running } = healthy;
    expect(findDrift({ reader, running })).toEqual([]);
    expect(
      findDrift({ reader, running: revision(1, { variables: without('DATABASE_HOST') }) }).map(
        ({ variable, cause }) => [variable, cause],
      ),
    ).toEqual([['DATABASE_HOST', 'SETTING_MISSING']]);
  });

  test.each<[string, TaskFacts]>([
    [
      'a value that is known only when it is deployed',
      deployedWith(withVariables({ name: 'DATABASE_HOST', from: 'environment' })),
    ],
    [
      'a setting that comes from a secret',
      deployedWith([...without('DATABASE_NAME'), injected('DATABASE_NAME', `${application}:dbname::`)]),
    ],
    [
      'a whole URL from a secret in place of its parts',
      deployedWith([
        ...without('DATABASE_HOST', 'DATABASE_NAME', 'DATABASE_USER', 'DATABASE_PASSWORD'),
        injected('DATABASE_URL', `${application}:password::`),
      ]),
    ],
    [
      'a variable of the platform',
      deployedWith([...variables, plain('NODE_OPTIONS', '--enable-source-maps')]),
    ],
    ['the collector in the same task', deployedWith(variables)],
    [
      'the loopback address that a reference gave, as on the twin',
      deployedWith(withVariables(plain('DATABASE_HOST', 'localhost'))),
    ],
    [
      'an upstream that shares only a loopback address with the service',
      deployedWith(withVariables(plain('AUTH_SERVICE_URL', 'http://auth.example.com:8000')), {
        own: { hosts: ['lb.example.com'], addresses: ['127.0.0.1'] },
        addresses: new Map([['auth.example.com', ['127.0.0.1']]]),
      }),
    ],
    [
      'a secret that could not be looked at',
      { ...healthy, secrets: secretFacts('redis/auth-token', { state: 'unknown' }) },
    ],
    [
      'a task of an older revision that still drains',
      {
        ...healthy,
        images: [
          { task: 'a1', revision: 'hokusai-api-development:7', digest: `sha256:${'1'.repeat(64)}` },
          { task: 'a0', revision: 'hokusai-api-development:6', digest: `sha256:${'0'.repeat(64)}` },
        ],
      },
    ],
  ])('%s is no drift', (_what, facts) => {
    expect(findDrift(facts)).toEqual([]);
  });

  test('of a migration is judged by what the migration reads', () => {
    const migrate = variables.filter(({ name }) => name.startsWith('DATABASE_') || name === 'ENVIRONMENT');
    const facts = (list: typeof migrate): TaskFacts => ({
      reader: 'migrate',
      running: revision(1, { variables: list }),
    });
    expect(findDrift(facts(migrate))).toEqual([]);
    expect(findDrift(facts([...migrate, plain('API_PORT', '8001')])).map(({ sentence }) => sentence)).toEqual(
      ['API_PORT is set, and the migration does not read it (service would)'],
    );
  });
});
