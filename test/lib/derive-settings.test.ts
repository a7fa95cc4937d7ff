import { describe, expect, test } from '@jest/globals';
import { deriveSettings, type Settings } from '../../lib/constructs/settings/index.ts';

const provided: Settings = {
  ENVIRONMENT: 'staging',
  DATABASE_HOST: 'db.example.com',
  DATABASE_NAME: 'mlflow_db',
  DATABASE_USER: 'mlflow',
  DATABASE_SECRET_ID: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:a',
  REDIS_ENABLED: false,
  MLFLOW_TRACKING_URI: 'http://mlflow.example.local:5000',
  AUTH_SERVICE_URL: 'https://auth.example.com',
  MESSAGE_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/123456789012/q.fifo',
};

describe('the environment of a reader', () => {
  test('has what it reads and nothing of others', () => {
    const probe = deriveSettings('database-name-probe', { provided });
    expect(probe).toMatchObject({ ENVIRONMENT: 'staging', DATABASE_NAME: 'mlflow_db' });
    expect(Object.keys(probe)).not.toContain('DATABASE_POOL_SIZE');
    expect(Object.keys(probe)).not.toContain('MLFLOW_TRACKING_URI');
  });

  test('leaves out what the infrastructure provides for another reader', () => {
    const settings = { ...provided, ADMIN_TOKEN_SECRET_ID: 'operators' };
    expect(deriveSettings('service', { provided: settings }).ADMIN_TOKEN_SECRET_ID).toBe('operators');
    for (const reader of ['migrate', 'bootstrap', 'connectivity-probe', 'database-name-probe'] as const) {
      expect(Object.keys(deriveSettings(reader, { provided: settings }))).not.toContain(
        'ADMIN_TOKEN_SECRET_ID',
      );
    }
  });

  test('shows the default of what operators tune, and leaves other defaults out', () => {
    const service = deriveSettings('service', { provided });
    expect(service).toMatchObject({ DATABASE_POOL_SIZE: '10', DATABASE_CONNECT_TIMEOUT: '10' });
    expect(Object.keys(service)).not.toContain('DNS_TIMEOUT');
  });

  test('of the capacity probe has its own login, and not that of the service', () => {
    const own = deriveSettings('capacity-probe', {
      provided: { ...provided, CAPACITY_PROBE_SECRET_ID: 'capacity' },
    });
    expect(own).toMatchObject({ CAPACITY_PROBE_SECRET_ID: 'capacity', DATABASE_NAME: 'mlflow_db' });
    expect(Object.keys(own).filter((name) => /^DATABASE_(USER|SECRET_ID)$/.test(name))).toEqual([]);
    const shared = deriveSettings('capacity-probe', { provided });
    expect(shared).toMatchObject({ DATABASE_USER: 'mlflow', CAPACITY_HEADROOM_PERCENT: '20' });
  });

  test('takes what the environment file overrides', () => {
    const service = deriveSettings('service', {
      provided,
      overrides: { DATABASE_POOL_SIZE: 25, DNS_TIMEOUT: 1 },
    });
    expect(service).toMatchObject({ DATABASE_POOL_SIZE: '25', DNS_TIMEOUT: '1' });
  });

  test('leaves out what comes as a secret', () => {
    const service = deriveSettings('service', { provided, secrets: ['DATABASE_PASSWORD'] });
    expect(Object.keys(service)).not.toContain('DATABASE_PASSWORD');
  });
});

describe('a wrong setting stops the synthesis', () => {
  test.each<[string, Record<string, string | number | boolean>, string]>([
    ['an unknown name', { DATABASE_POLL_SIZE: 5 }, 'DATABASE_POLL_SIZE: no setting has this name'],
    ['an alias in place of the name', { DB_POOL_SIZE: 5 }, 'DB_POOL_SIZE: no setting has this name'],
    [
      'a value out of bounds',
      { DATABASE_POOL_SIZE: 0 },
      'DATABASE_POOL_SIZE: "0" cannot be used: write a whole number from 1 to 200',
    ],
    [
      'a text for a number',
      { DATABASE_CONNECT_TIMEOUT: '5s' },
      'DATABASE_CONNECT_TIMEOUT: "5s" cannot be used: write seconds as a number',
    ],
    ['a fraction of a connection', { DATABASE_POOL_SIZE: 1.5 }, '"1.5" cannot be used: write a whole number'],
    ['an unknown choice', { AUTH_SERVICE_ID: 'web' }, 'write one of website, prediction, platform'],
    ['a switch that is neither', { REDIS_TLS_ENABLED: 'maybe' }, 'write true or false'],
    ['a port that is none', { API_PORT: 70_000 }, 'API_PORT: "70000" cannot be used'],
    ['a secret in plain text', { DATABASE_PASSWORD: 'hunter2' }, 'DATABASE_PASSWORD: it is a secret'],
    [
      'what the infrastructure sets itself',
      { DATABASE_NAME: 'mlflow' },
      'DATABASE_NAME: the infrastructure sets it',
    ],
  ])('%s', (_what, overrides, expected) => {
    expect(() => deriveSettings('service', { provided, overrides: overrides as Settings })).toThrow(expected);
  });

  test.each([
    ['AUTH_SERVICE_URL', 'http://localhost:8000', 'is the task itself'],
    ['AUTH_SERVICE_URL', 'http://[::1]:8000', 'is the task itself'],
    ['AUTH_SERVICE_URL', 'http://10.1.2.3:8000', 'is a private address'],
    ['AUTH_SERVICE_URL', 'https://user:word@auth.example.com', 'it carries credentials'],
    ['AUTH_SERVICE_URL', 'auth.example.com', 'it has no http or https scheme'],
    ['AUTH_SERVICE_URL', 'ftp://auth.example.com', 'it has no http or https scheme'],
    ['DATABASE_HOST', '192.168.0.5', 'is a private address'],
    ['DATABASE_HOST', '172.31.0.5', 'is a private address'],
    ['DATABASE_HOST', '127.0.0.1', 'is the task itself'],
    ['DATABASE_HOST', 'LOCALHOST', 'is the task itself'],
  ] as const)('%s = %s', (name, value, expected) => {
    expect(() => deriveSettings('service', { provided: { ...provided, [name]: value } })).toThrow(
      new RegExp(`${name}: .*${expected}`),
    );
  });

  test('a probe needs the settings of what it checks, and no others', () => {
    const { MLFLOW_TRACKING_URI: _, AUTH_SERVICE_URL: __, ...database } = provided;
    const alone = { ...database, PROBE_DEPENDENCIES: 'postgres' };
    const probe = deriveSettings('connectivity-probe', { provided: alone });
    expect(probe.DATABASE_HOST).toBe(String(provided.DATABASE_HOST));
    expect(Object.keys(probe).filter((name) => /^(REDIS|MLFLOW|AUTH)_/.test(name))).toEqual([]);
    expect(() => deriveSettings('connectivity-probe', { provided: database })).toThrow('MLFLOW_TRACKING_URI');
    expect(() =>
      deriveSettings('connectivity-probe', { provided: { ...alone, PROBE_DEPENDENCIES: 'mysql' } }),
    ).toThrow('write one or more of postgres, redis, mlflow, auth');
  });

  test('the connectivity probe knows the list of messages where Redis carries them, and only there', () => {
    const cached = { ...provided, REDIS_ENABLED: true, REDIS_HOST: 'cache.example.com' };
    const queueOf = (overrides: Settings, from: Settings = cached) =>
      Object.keys(deriveSettings('connectivity-probe', { provided: from, overrides })).filter((name) =>
        name.startsWith('MESSAGE_'),
      );
    const carried = { MESSAGE_QUEUE_TYPE: 'redis' } as const;
    expect(queueOf(carried)).toEqual(['MESSAGE_QUEUE_TYPE', 'MESSAGE_QUEUE_NAME']);
    expect(queueOf({ MESSAGE_QUEUE_TYPE: 'sqs' })).toEqual([]);
    expect(queueOf({})).toEqual([]);
    expect(queueOf(carried, provided)).toEqual([]);
    expect(queueOf({ ...carried, PROBE_DEPENDENCIES: 'postgres' })).toEqual([]);
  });

  test('a public address and a listening address are fine', () => {
    const settings = { ...provided, DATABASE_HOST: '172.32.0.5', API_HOST: '0.0.0.0' };
    expect(() => deriveSettings('service', { provided: settings })).not.toThrow();
  });

  test('what runs in the same task may be on its loopback', () => {
    const settings: Settings = { ...provided, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
    expect(deriveSettings('service', { provided: settings }).OTEL_EXPORTER_OTLP_ENDPOINT).toBe(
      'http://127.0.0.1:4318',
    );
  });

  test('the error never repeats a secret', () => {
    const overrides = { DATABASE_PASSWORD: 'hunter2' } as Settings;
    expect(() => deriveSettings('service', { provided, overrides })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  test('a name given both as a secret and in the environment', () => {
    const both = { provided, overrides: { LOG_LEVEL: 'info' }, secrets: ['LOG_LEVEL'] as const };
    expect(() => deriveSettings('service', both)).toThrow('LOG_LEVEL: it is given both as a secret and');
  });

  test('a required setting that nothing gives, told with all other problems', () => {
    const { MLFLOW_TRACKING_URI: _, ...rest } = provided;
    const overrides = { DATABASE_POOL_SIZE: 0, NONSENSE: 1 } as Settings;
    expect(() => deriveSettings('service', { provided: rest, overrides })).toThrow(
      /NONSENSE[\s\S]*DATABASE_POOL_SIZE[\s\S]*MLFLOW_TRACKING_URI: service needs it/,
    );
  });
});
