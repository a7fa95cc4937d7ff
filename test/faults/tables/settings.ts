/** Settings that cannot be used: no packet is sent. Each through the whole connectivity probe. */
import { createSecretReader, type Dependency } from '../../../core/checks/index.ts';
import { readSettings } from '../../../core/settings/index.ts';
import { runConnectivity } from '../../../lambdas/connectivity-probe/run.ts';
import type { Fault, World } from '../fault.ts';

const secret = 'p@ss/w#rd';

export const startSettingsWorld = async (): Promise<World> => ({ secrets: [secret], disposables: [] });

type Environment = Record<string, string>;

/** Settings that can be used; a row changes them. */
const good: Environment = {
  ENVIRONMENT: 'development',
  DATABASE_HOST: 'db.invalid',
  DATABASE_NAME: 'mlflow_db',
  DATABASE_USER: 'mlflow',
  DATABASE_PASSWORD: secret,
  REDIS_ENABLED: 'true',
  REDIS_HOST: 'cache.invalid',
  MLFLOW_TRACKING_URI: 'http://mlflow.invalid:5000',
  AUTH_SERVICE_URL: 'http://auth.invalid',
};

const noParts: Environment = {
  DATABASE_HOST: '',
  DATABASE_NAME: '',
  DATABASE_USER: '',
  DATABASE_PASSWORD: '',
};
const postgresUrl = (url: string): Environment => ({ ...noParts, DATABASE_URL: url });
const redisUrl = (url: string, more: Environment = {}): Environment => ({
  REDIS_HOST: '',
  REDIS_URL: url,
  ...more,
});
const production: Environment = { ENVIRONMENT: 'production' };

type Row = [name: string, environment: Environment, detail: RegExp, cause?: Fault<World>['cause']];

const missing = 'SETTING_MISSING';
const placeholder = 'PLACEHOLDER_UNRESOLVED';

const rows: Record<Dependency, readonly Row[]> = {
  postgres: [
    ['no host', { DATABASE_HOST: '' }, /DATABASE_HOST is not set/, missing],
    ['no database name', { DATABASE_NAME: '' }, /DATABASE_NAME is not set/, missing],
    ['no user', { DATABASE_USER: '' }, /DATABASE_USER is not set/, missing],
    ['no password and no secret', { DATABASE_PASSWORD: '' }, /DATABASE_PASSWORD is not set/, missing],
    [
      'an empty password in the URL',
      postgresUrl('postgresql://u:@h/d'),
      /DATABASE_PASSWORD is not set/,
      missing,
    ],
    ['a port that is no number', { DATABASE_PORT: 'x' }, /from 1 to 65535/],
    ['a port out of range', { DATABASE_PORT: '99999' }, /from 1 to 65535/],
    ['a host with a scheme', { DATABASE_HOST: 'postgresql://h/d' }, /host name alone/],
    ['a host with a port', { DATABASE_HOST: 'h:5432' }, /port has a variable of its own/],
    ['white space at the end of the name', { DATABASE_NAME: 'mlflow_db ' }, /white space/],
    ['a reference of a shell template', { DATABASE_HOST: '${DB_HOST}' }, /template reference/, placeholder],
    [
      'a reference of CloudFormation',
      { DATABASE_NAME: '{{resolve:secretsmanager:app:SecretString:dbname}}' },
      /template reference/,
      placeholder,
    ],
    [
      'a password that is a reference',
      { DATABASE_PASSWORD: '${DB_PASSWORD}' },
      /template reference/,
      placeholder,
    ],
    [
      'I-31 two names of one setting with two values',
      { DATABASE_USER: 'postgres', DB_USER: 'mlflow' },
      /DATABASE_USER and DB_USER/,
    ],
    ['a URL of another database', postgresUrl('mysql://u:p@h/d'), /must begin with postgresql/],
    [
      'reserved characters in the password of the URL',
      postgresUrl(`postgresql://u:${secret}@h/d`),
      /another host/,
    ],
    ['a stray % in the URL', postgresUrl('postgresql://u:p%ss@h/d'), /two hexadecimal digits/],
    ['a URL without a host', postgresUrl('postgresql://u:p@/d'), /names no host/],
    ['a URL with a bad port', postgresUrl('postgresql://u:p@h:port/d'), /port/],
    ['a URL with a fragment', postgresUrl('postgresql://u:p@h/d#x'), /fragment/],
    [
      'a URL that turns verification off',
      postgresUrl('postgresql://u:p@h/d?sslmode=no-verify'),
      /does not verify/,
    ],
    [
      'a URL with an option that is not known',
      postgresUrl('postgresql://u:p@h/d?options=x'),
      /parameter "options"/,
    ],
    [
      'a URL that contradicts a part',
      { DATABASE_URL: 'postgresql://mlflow@other/mlflow_db' },
      /differs from the host/,
    ],
    [
      'TLS turned off outside development',
      { ...production, DATABASE_SSL_MODE: 'disable' },
      /only for development/,
    ],
    [
      'a file of certificates that is not there',
      { DATABASE_SSL_ROOT_CERT: '/nowhere/ca.pem' },
      /cannot be read/,
    ],
    ['a file without a certificate', { DATABASE_SSL_ROOT_CERT: '/dev/null' }, /no certificate/],
    [
      'a certificate that cannot be read',
      { DATABASE_SSL_ROOT_CERT: '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----' },
      /certificate that cannot be read/,
    ],
    ['a time-out of 0', { DATABASE_CONNECT_TIMEOUT: '0' }, /seconds as a number from 0\.1/],
  ],
  redis: [
    ['no host', { REDIS_HOST: '' }, /REDIS_HOST is not set/, missing],
    ['a switch that is neither on nor off', { REDIS_ENABLED: 'maybe' }, /true or false/],
    ['a host with a port', { REDIS_HOST: 'h:6379' }, /port has a variable of its own/],
    ['a port out of range', { REDIS_PORT: '0' }, /from 1 to 65535/],
    ['a URL of HTTP', redisUrl('http://cache'), /must begin with redis/],
    ['a URL without a scheme that is no bare host', redisUrl('cache:6379/0'), /host alone/],
    ['reserved characters in the token of the URL', redisUrl(`rediss://:${secret}@cache/0`), /another host/],
    ['a URL with a name for the database', redisUrl('rediss://cache/zero'), /number of a database/],
    ['a URL with parameters', redisUrl('rediss://cache/0?db=1'), /parameters/],
    ['a URL that contradicts the host', { REDIS_URL: 'rediss://other' }, /differs from REDIS_URL/],
    [
      'a URL that contradicts the token',
      redisUrl('rediss://:one@cache', { REDIS_AUTH_TOKEN: 'another' }),
      /differs from the password/,
    ],
    [
      'a URL that contradicts the switch for TLS',
      redisUrl('redis://cache', { REDIS_TLS_ENABLED: 'true' }),
      /agree/,
    ],
    [
      'a URL in plain text outside development',
      { ...production, ...redisUrl('redis://cache') },
      /not encrypted/,
    ],
    [
      'TLS turned off outside development',
      { ...production, REDIS_TLS_ENABLED: 'false' },
      /only for development/,
    ],
    [
      'a token that is a reference',
      { REDIS_AUTH_TOKEN: '${REDIS_AUTH_TOKEN}' },
      /template reference/,
      placeholder,
    ],
    [
      'a URL with a reference in it',
      redisUrl('rediss://:${REDIS_AUTH_TOKEN}@cache'),
      /template reference/,
      placeholder,
    ],
  ],
  mlflow: [
    [
      'I-07 no address: nothing falls back to localhost',
      { MLFLOW_TRACKING_URI: '' },
      /MLFLOW_TRACKING_URI is not set/,
      missing,
    ],
    ['an address without a scheme', { MLFLOW_TRACKING_URI: 'mlflow:5000' }, /no http or https scheme/],
    ['an address with credentials', { MLFLOW_TRACKING_URI: `http://u:x@mlflow` }, /carries credentials/],
    ['an address with a query', { MLFLOW_TRACKING_URI: 'http://mlflow/?a=b' }, /query/],
    [
      'an address that a parser reads otherwise',
      { MLFLOW_TRACKING_URI: 'http://127.1:5000' },
      /another host/,
    ],
    [
      'a reference in the address',
      { MLFLOW_TRACKING_URI: 'http://${MLFLOW}:5000' },
      /template reference/,
      placeholder,
    ],
    [
      'two names of one setting with two values',
      { MLFLOW_SERVER_URL: 'http://other:5000' },
      /MLFLOW_TRACKING_URI and MLFLOW_SERVER_URL/,
    ],
  ],
  auth: [
    ['no address', { AUTH_SERVICE_URL: '' }, /AUTH_SERVICE_URL is not set/, missing],
    [
      'I-09 a service id that the auth service does not have',
      { AUTH_SERVICE_ID: 'ml-platform' },
      /website, prediction, platform/,
    ],
    [
      'a reference in the address',
      { AUTH_SERVICE_URL: '{{resolve:ssm:/auth/url}}' },
      /template reference/,
      placeholder,
    ],
    ['a key that is a reference', { AUTH_PROBE_KEY: '${AUTH_PROBE_KEY}' }, /template reference/, placeholder],
    ['a time-out in another unit', { AUTH_SERVICE_TIMEOUT: '5000ms' }, /seconds as a number/],
    ['an address of another scheme', { AUTH_SERVICE_URL: 'ftp://auth' }, /no http or https scheme/],
  ],
};

const noSecrets = createSecretReader(() => Promise.reject(new Error('none')), { timeoutMs: 1_000 });

const fault = (dependency: Dependency, [name, environment, detail, cause]: Row): Fault<World> => ({
  dependency,
  name,
  cause: cause ?? 'SETTING_INVALID',
  detail,
  run: async () => {
    const settings = { ...good, PROBE_DEPENDENCIES: dependency, ...environment };
    const reading = readSettings(settings, { reader: 'connectivity-probe' });
    const { report } = await runConnectivity(reading, noSecrets);
    const found = report.checks.find((check) => check.dependency === dependency);
    if (!found) throw new Error('no check');
    return found;
  },
});

export const settingsFaults: readonly Fault<World>[] = (Object.keys(rows) as Dependency[]).flatMap(
  (dependency) => rows[dependency].map((row) => fault(dependency, row)),
);
