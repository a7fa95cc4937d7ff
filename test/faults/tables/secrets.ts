/** The secret with the credentials: what can be wrong between its name and the password in it. */
import {
  budgetOf,
  type Check,
  checkRedis,
  createSecretReader,
  type Dependency,
  type FetchSecret,
} from '../../../core/checks/index.ts';
import { readSettings, resolveRedis } from '../../../core/settings/index.ts';
import { scriptedServer } from '../../fixtures/scripted-server.ts';
import type { Fault } from '../fault.ts';
import type { PostgresWorld } from '../worlds/postgres-world.ts';

/** An error as the SDK throws it. */
const aws =
  (name: string, message = 'no', code?: string) =>
  async () => {
    throw Object.assign(new Error(message), { name, ...(code ? { code } : {}) });
  };

type Row = [name: string, fetch: FetchSecret, cause: Fault<PostgresWorld>['cause'], detail: RegExp];

const unreadable = 'SECRET_UNREADABLE';
const incomplete = 'SECRET_INCOMPLETE';

const rows: readonly Row[] = [
  ['that does not exist', aws('ResourceNotFoundException'), unreadable, /does not exist/],
  ['I-57 that the role may not read', aws('AccessDeniedException'), unreadable, /this role may not read it/],
  [
    'whose key the role may not use',
    aws('AccessDeniedException', 'Access to KMS is not allowed'),
    unreadable,
    /key/,
  ],
  ['that its key does not decrypt', aws('DecryptionFailure'), unreadable, /does not decrypt/],
  ['that is marked for deletion', aws('InvalidRequestException'), unreadable, /marked for deletion/],
  ['read too often', aws('ThrottlingException'), unreadable, /too many requests/],
  ['with credentials that have expired', aws('ExpiredTokenException'), unreadable, /have expired/],
  ['without credentials', aws('CredentialsProviderError'), unreadable, /no AWS credentials/],
  ['behind an endpoint whose name is not found', aws('Error', 'no', 'ENOTFOUND'), unreadable, /VPC endpoint/],
  ['behind an endpoint that refuses', aws('Error', 'no', 'ECONNREFUSED'), unreadable, /nothing listens/],
  ['behind an endpoint that is silent', () => new Promise(() => undefined), unreadable, /within \d+ ms/],
  ['that is binary', async () => undefined, incomplete, /does not hold JSON/],
  ['that is not JSON', async () => '{"password": "hunter2"', incomplete, /does not hold JSON/],
  ['that is a list', async () => '["hunter2"]', incomplete, /JSON object/],
  ['without the key', async () => '{"pass":"hunter2"}', incomplete, /has no key/],
  ['with an empty password', async () => '{"password":"","auth_token":""}', incomplete, /has no key/],
  [
    'with a reference in place of the password',
    async () => '{"password":"${PASSWORD}","auth_token":"${TOKEN}"}',
    'PLACEHOLDER_UNRESOLVED',
    /template reference/,
  ],
];

const checks: Record<'postgres' | 'redis', (world: PostgresWorld, fetch: FetchSecret) => Promise<Check>> = {
  postgres: ({ check }, fetch) =>
    check({ DATABASE_SECRET_ID: 'app' }, { secrets: createSecretReader(fetch, { timeoutMs: 1_000 }) }),
  redis: async ({ disposables }, fetch) => {
    const server = await scriptedServer();
    disposables.push(server.dispose);
    const resolved = resolveRedis(
      readSettings({
        REDIS_ENABLED: 'true',
        REDIS_HOST: '127.0.0.1',
        REDIS_PORT: String(server.port),
        REDIS_TLS_ENABLED: 'false',
        REDIS_AUTH_TOKEN_SECRET_ID: 'cache',
      }),
    );
    if (!resolved.ok) throw new Error('settings');
    const secrets = createSecretReader(fetch, { timeoutMs: 1_000 });
    return (await checkRedis({ target: resolved.value, secrets, dnsTimeoutMs: 500 }, budgetOf(3_000))).check;
  },
};

export const secretFaults: readonly Fault<PostgresWorld>[] = (['postgres', 'redis'] as const).flatMap(
  (dependency: Dependency & keyof typeof checks) =>
    rows.map(([name, fetch, cause, detail]) => ({
      dependency,
      name: name.startsWith('I-') ? name.replace(' ', ' a secret ') : `a secret ${name}`,
      cause,
      detail,
      run: (world: PostgresWorld) => checks[dependency](world, fetch),
    })),
);
