import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import {
  definitionOf,
  problemsMessage,
  readSettings,
  resolvePostgres,
  Secret,
  settingNames,
} from '../../../core/settings/index.ts';

const messages = (environment: Record<string, string>): string[] =>
  readSettings(environment).problems.map(({ message }) => message);

describe('reading the environment', () => {
  test('gives every default when nothing is set, without a problem', () => {
    const settings = readSettings({});
    expect(settings.problems).toEqual([]);
    expect(settings.get('API_PORT')).toBe(8001);
    expect(settings.get('DATABASE_CONNECT_TIMEOUT')).toBe(10);
    expect(settings.get('REDIS_ENABLED')).toBe(false);
    expect(settings.get('HEALTH_CHECK_INTERVAL')).toBe(2);
    expect(settings.get('DATABASE_SSL_MODE')).toBe('verify-full');
  });

  test('reports every problem at once, each with the variable, the value and what to write', () => {
    const found = messages({
      DATABASE_PORT: '99999',
      DATABASE_CONNECT_TIMEOUT: '10s',
      API_PORT: '0',
      REDIS_ENABLED: 'maybe',
      ENVIRONMENT: 'prod',
      AUTH_SERVICE_ID: 'ml-platform',
    });
    expect(found).toHaveLength(6);
    const all = found.join('\n');
    expect(all).toContain('DATABASE_PORT cannot be used ("99999"): write a port number from 1 to 65535');
    expect(all).toContain('DATABASE_CONNECT_TIMEOUT cannot be used ("10s")');
    expect(all).toContain('API_PORT cannot be used ("0")');
    expect(all).toContain('REDIS_ENABLED cannot be used ("maybe"): write true or false');
    expect(all).toContain('write one of development, staging, production');
    expect(all).toContain('write one of website, prediction, platform');
  });

  test('honours 0 where it is allowed and refuses it where it is not', () => {
    expect(readSettings({ DATABASE_MAX_RETRIES: '0' }).get('DATABASE_MAX_RETRIES')).toBe(0);
    expect(readSettings({ SHUTDOWN_DELAY: '0' }).get('SHUTDOWN_DELAY')).toBe(0);
    for (const name of ['DATABASE_CONNECT_TIMEOUT', 'MLFLOW_CB_FAILURE_THRESHOLD', 'DATABASE_POOL_SIZE'])
      expect(messages({ [name]: '0' })).toEqual([expect.stringContaining(`${name} cannot be used ("0")`)]);
  });

  test.each(['NaN', 'Infinity', '-1', '1e3', '0x10', '1,5', '١', ' 5'])(
    'refuses %p as a number of seconds',
    (raw) => {
      expect(messages({ DATABASE_CONNECT_TIMEOUT: raw })).toHaveLength(1);
    },
  );

  test('takes an empty value for one that is not set', () => {
    const settings = readSettings({ DATABASE_PORT: '', DB_HOST: '', DATABASE_HOST: 'db' });
    expect(settings.problems).toEqual([]);
    expect(settings.get('DATABASE_HOST')).toBe('db');
  });

  test('reads an alias, and says which variable a value came from', () => {
    const settings = readSettings({ DB_NAME: 'mlflow_db', MLFLOW_SERVER_URL: 'http://mlflow:5000' });
    expect(settings.get('DATABASE_NAME')).toBe('mlflow_db');
    expect(settings.source('DATABASE_NAME')).toBe('DB_NAME');
    expect(settings.get('MLFLOW_TRACKING_URI')?.host).toBe('mlflow:5000');
  });

  test('refuses an alias and its canonical name with different values, and names both', () => {
    const [message] = messages({ DATABASE_NAME: 'mlflow_db', DB_NAME: 'mlflow' });
    expect(message).toContain('DATABASE_NAME and DB_NAME');
    expect(message).toContain('"mlflow_db" and "mlflow"');
    expect(messages({ DATABASE_NAME: 'mlflow_db', DB_NAME: 'mlflow_db' })).toEqual([]);
  });

  test('never shows the values of two names of one secret that differ', () => {
    const [message] = messages({ DATABASE_PASSWORD: 'hunter2', DB_PASSWORD: 'swordfish' });
    expect(message).toContain('DATABASE_PASSWORD and DB_PASSWORD');
    expect(message).not.toMatch(/hunter2|swordfish/);
  });

  test('warns of an unknown name that is close to a known one, with the suggestion', () => {
    const { warnings } = readSettings({
      DATABSE_HOST: 'db',
      DB_HOSTNAME: 'db',
      REDISENABLED: 'true',
      HOME: '/root',
      PATH: '/bin',
      AWS_REGION: 'us-east-1',
    });
    expect(warnings).toEqual([
      expect.stringContaining('DATABSE_HOST is not a setting and is not read; did you mean DATABASE_HOST?'),
      expect.stringContaining('did you mean DB_HOST?'),
      expect.stringContaining('did you mean REDIS_ENABLED?'),
    ]);
  });

  test.each(['${DB_HOST}', '{{resolve:secretsmanager:x:SecretString:host}}', 'db.${region}.example'])(
    'names %p as a reference that was never replaced',
    (raw) => {
      const [problem] = readSettings({ DATABASE_HOST: raw }).problems;
      expect(problem?.cause).toBe('PLACEHOLDER_UNRESOLVED');
      expect(problem?.variable).toBe('DATABASE_HOST');
    },
  );

  test('finds a placeholder in a secret without printing it, and leaves a password with ${ in it alone', () => {
    const [problem] = readSettings({ REDIS_AUTH_TOKEN: '${REDIS_AUTH_TOKEN}' }).problems;
    expect(problem?.cause).toBe('PLACEHOLDER_UNRESOLVED');
    expect(problem?.message).not.toContain('${');
    expect(readSettings({ DATABASE_PASSWORD: 'a${b}c' }).problems).toEqual([]);
  });

  test('refuses TLS off outside development, and settings that contradict each other', () => {
    expect(messages({ DATABASE_SSL_MODE: 'disable', ENVIRONMENT: 'production' })[0]).toContain(
      'DATABASE_SSL_MODE',
    );
    expect(messages({ DATABASE_SSL_MODE: 'disable', ENVIRONMENT: 'development' })).toEqual([]);
    expect(messages({ HEALTH_QUERY_TIMEOUT: '9', HEALTH_CHECK_TIMEOUT: '3' })[0]).toContain('longer than');
    expect(messages({ SHUTDOWN_DELAY: '100', SHUTDOWN_TIMEOUT: '30' })[0]).toContain(
      'together longer than 118 s',
    );
    expect(messages({ MESSAGE_QUEUE_TYPE: 'redis' })[0]).toContain('REDIS_ENABLED is false');
    expect(messages({ MESSAGE_QUEUE_TYPE: 'sqs' })[0]).toContain('MESSAGE_QUEUE_URL is not set');
    const sqs = (MESSAGE_QUEUE_URL: string) => messages({ MESSAGE_QUEUE_TYPE: 'sqs', MESSAGE_QUEUE_URL });
    expect(sqs('https://sqs.us-east-1.amazonaws.com/1/q')[0]).toContain('which is no FIFO queue');
    expect(sqs('https://sqs.us-east-1.amazonaws.com/1/q.fifo')).toEqual([]);
  });

  test('refuses a certificate setting that holds no certificate or names no file', () => {
    expect(messages({ DATABASE_SSL_ROOT_CERT: '/nowhere/ca.pem' })[0]).toContain('the file cannot be read');
    expect(messages({ DATABASE_SSL_ROOT_CERT: '/dev/null' })[0]).toContain('it holds no certificate');
    const broken = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----';
    expect(messages({ DATABASE_SSL_ROOT_CERT: broken })[0]).toContain('certificate that cannot be read');
  });

  test.each([
    ['http://user:secret@mlflow:5000', 'carries credentials'],
    ['mlflow:5000', 'no http or https scheme'],
    ['http://mlflow:5000/?a=b', 'query'],
    ['http://exam ple', 'white space'],
    ['http://127.1:5000', 'another host'],
    ['http://auth。example', 'another host'],
    ['http://', 'not a URL'],
    ['ftp://mlflow', 'no http or https scheme'],
  ])('refuses %p as an address', (raw, why) => {
    const [message] = messages({ MLFLOW_TRACKING_URI: raw });
    expect(message).toContain(why);
    expect(message).not.toContain('user:secret');
  });

  test('a message lists all problems, one a line', () => {
    const settings = readSettings({ API_PORT: 'x', DATABASE_PORT: 'y' });
    expect(problemsMessage(settings.problems).split('\n')).toHaveLength(3);
  });

  test('a reader gets only the settings that it reads', () => {
    expect(readSettings({ API_PORT: 'x' }, { reader: 'connectivity-probe' }).problems).toEqual([]);
    expect(readSettings({ API_PORT: 'x' }, { reader: 'service' }).problems).toHaveLength(1);
  });
});

describe('the contract', () => {
  test.each(settingNames)('%s has a sentence, a reader, and a default within its bounds', (name) => {
    const definition = definitionOf(name);
    expect(definition.doc).toMatch(/\.$/);
    expect(definition.readers.length).toBeGreaterThan(0);
    if (definition.default !== undefined)
      expect(
        messages({ [name]: String(definition.default) }).filter((text) => text.startsWith(`${name} cannot`)),
      ).toEqual([]);
  });

  test('no name or alias stands for two settings', () => {
    const names = settingNames.flatMap((name) => [name, ...(definitionOf(name).aliases ?? [])]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a secret', () => {
  const settings = readSettings({
    DATABASE_PASSWORD: 'hunter2',
    DATABASE_HOST: 'h',
    DATABASE_NAME: 'd',
    DATABASE_USER: 'u',
  });

  test('prints as [secret] however it is printed', () => {
    const secret = new Secret('hunter2');
    const printed = [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: [secret] }),
      String(secret),
    ];
    for (const text of printed) expect(text).not.toContain('hunter2');
    expect(JSON.stringify(secret)).toBe('"[secret]"');
    expect(secret.reveal()).toBe('hunter2');
  });

  test('does not show in a resolved connection', () => {
    const resolved = resolvePostgres(settings);
    expect(inspect(resolved, { depth: 9 }) + JSON.stringify(resolved)).not.toContain('hunter2');
  });
});
