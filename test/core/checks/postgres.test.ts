import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import {
  budgetOf,
  type Check,
  checkPostgres,
  createSecretReader,
  livePostgresCheck,
  postgresFailure,
} from '../../../core/checks/index.ts';
import { type PostgresTarget, readSettings, resolvePostgres } from '../../../core/settings/index.ts';
import { type CertificateAuthority, createCertificateAuthority } from '../../../twin/certificates.ts';
import { type PostgresServer, startPostgres } from '../../../twin/servers/postgres.ts';
import { type ScriptedServer, scriptedServer } from '../../fixtures/scripted-server.ts';

const password = 'p@ss/w#rd?%';

let authority: CertificateAuthority;
let server: PostgresServer;
const disposables: (() => void)[] = [];

const noSecrets = createSecretReader(() => Promise.reject(new Error('no secret here')), { timeoutMs: 200 });
const limits = { dnsTimeoutMs: 1_000, queryTimeoutMs: 1_000 };

const targetOf = (environment: Record<string, string>): PostgresTarget => {
  const settings = readSettings({
    DATABASE_HOST: 'localhost',
    DATABASE_PORT: String(server.port),
    DATABASE_NAME: 'postgres',
    DATABASE_USER: server.superuser.name,
    ...(environment.DATABASE_SECRET_ID ? {} : { DATABASE_PASSWORD: password }),
    DATABASE_SSL_ROOT_CERT: authority.certificatePem,
    ...environment,
  });
  const resolved = resolvePostgres(settings);
  if (!resolved.ok) throw new Error(resolved.problems.map(({ message }) => message).join('\n'));
  return resolved.value;
};

const check = async (
  environment: Record<string, string>,
  { secrets = noSecrets, wholeMs = 5_000 } = {},
): Promise<Check & { daysLeft?: number | undefined }> => {
  const result = await checkPostgres(
    { target: targetOf(environment), secrets, ...limits },
    budgetOf(wholeMs),
  );
  return { ...result.check, daysLeft: result.certificateDaysLeft };
};

const clientOf = (more: pg.ClientConfig = {}): pg.Client =>
  new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: server.superuser.name,
    password,
    database: 'postgres',
    ssl: { rejectUnauthorized: false },
    ...more,
  });

/** The rows of one statement, in a session of its own. */
const admin = async (statement: string): Promise<unknown[]> => {
  const client = clientOf();
  await client.connect();
  const { rows } = await client.query(statement);
  await client.end();
  return rows;
};

beforeAll(async () => {
  authority = await createCertificateAuthority('the trusted one');
  server = await startPostgres({
    superuser: { name: 'mlflow', password },
    certificate: await authority.issue({ names: ['localhost'] }),
    requireTls: true,
  });
});

afterAll(async () => {
  for (const dispose of disposables) dispose();
  await server?.dispose();
});

describe('a healthy server', () => {
  test('is reached through every layer, with the time of each phase and the days its certificate lasts', async () => {
    const found = await check({});
    expect(found).toMatchObject({ ok: true, layer: 'query', target: `localhost:${server.port}/postgres` });
    expect(Object.keys(found.phases ?? {})).toEqual(['dnsMs', 'tcpMs', 'tlsMs', 'authMs', 'queryMs']);
    expect(found.cause).toBeUndefined();
    expect(found.daysLeft).toBeGreaterThan(0);
  });

  test.each([
    [10, { daysLeft: 9, validTo: expect.any(String), subject: 'localhost' }],
    // The authority of the twin lasts for 400.
    [800, { daysLeft: 399, firstToExpire: { subject: 'the trusted one', validTo: expect.any(String) } }],
  ])('whose certificate lasts %p days shows which of its chain ends first', async (days, expected) => {
    const notAfter = new Date(Date.now() + days * 86_400_000);
    const names = ['localhost'];
    await server.reload({ certificate: await authority.issue({ names, notAfter }) });
    try {
      const { evidence: { certificate } = {}, daysLeft } = await check({});
      expect(certificate).toMatchObject(expected);
      expect(Object.keys(certificate ?? {}).includes('firstToExpire')).toBe('firstToExpire' in expected);
      expect(daysLeft).toBe(expected.daysLeft);
    } finally {
      await server.reload({ certificate: await authority.issue({ names }) });
    }
  });

  test('leaves no session behind', async () => {
    await check({});
    const sessions = () =>
      admin("select pid from pg_stat_activity where application_name = 'breakwater-probe'");
    for (let wait = 0; wait < 50 && (await sessions()).length > 0; wait++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await sessions()).toEqual([]);
  });
});

test('nothing is sent to a server whose certificate did not pass', async () => {
  const other = await createCertificateAuthority();
  const { certificatePem, keyPem } = await other.issue({ names: ['localhost'] });
  const received: Buffer[] = [];
  const impostor: ScriptedServer = await scriptedServer((socket) => {
    socket.once('data', () => {
      socket.write('S');
      const secure = new TLSSocket(socket, { isServer: true, cert: certificatePem, key: keyPem });
      secure.on('error', () => undefined);
      secure.on('data', (chunk) => received.push(chunk));
    });
  });
  disposables.push(() => impostor.dispose());
  expect((await check({ DATABASE_PORT: String(impostor.port) })).cause).toBe('TLS_UNTRUSTED_CA');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(received).toEqual([]);
});

describe('the write check', () => {
  test('leaves nothing behind, neither a table nor a transaction', async () => {
    await check({});
    expect(await admin("select 1 from pg_class where relname = 'breakwater_write_check'")).toEqual([]);
    expect(await admin("select 1 from pg_stat_activity where state like 'idle in transaction%'")).toEqual([]);
  });

  test('is left out, and said to be, for a role that may not create temporary tables', async () => {
    await admin(`create role app login password ${pg.escapeLiteral(password)}`);
    await admin('create database strict');
    await admin('revoke temporary on database strict from public');
    const found = await check({ DATABASE_NAME: 'strict', DATABASE_USER: 'app' });
    expect(found).toMatchObject({
      ok: true,
      evidence: { writeCheck: 'left out: the role may not create temporary tables' },
    });
  });

  test('is made by a live check on a new connection and then from time to time only', async () => {
    const live = livePostgresCheck({ target: targetOf({}), secrets: noSecrets, ...limits });
    const runs = [];
    for (let count = 0; count < 3; count++) runs.push((await live.run(budgetOf(5_000))).check);
    live.close();
    expect(runs.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(runs.map(({ evidence }) => evidence?.writeCheck)).toEqual(['made', undefined, undefined]);
  });
});

describe('errors of the server', () => {
  test('an option that a real server does not know is refused at the start, and named so', async () => {
    const error = await clientOf({ options: '-c no_such_option=1' })
      .connect()
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    expect(postgresFailure(error, 'auth')).toMatchObject({
      cause: 'STARTUP_OPTION_REJECTED',
      evidence: { sqlstate: '42704' },
    });
    expect(postgresFailure(error, 'query').cause).toBe('STATEMENT_REJECTED');
  });

  test('a value that is too much for it is refused by a server that is well', async () => {
    const client = clientOf({});
    await client.connect();
    const error = await client.query('SELECT $1::jsonb', ['['.repeat(100_000)]).catch((thrown) => thrown);
    await client.end();
    expect(postgresFailure(error, 'query')).toMatchObject({
      cause: 'STATEMENT_REJECTED',
      evidence: { sqlstate: '54001' },
    });
  });

  test('an error without a name keeps what came', () => {
    const error = Object.assign(new Error('nobody has seen this'), { code: 'ODD' });
    expect(postgresFailure(error, 'query')).toEqual({
      cause: 'UNKNOWN',
      detail: 'nobody has seen this',
      evidence: { code: 'ODD', error: 'nobody has seen this' },
      layer: 'query',
    });
  });
});

describe('the secret', () => {
  const secretsOf = (answers: (string | Error)[], timeoutMs = 300) => {
    let reads = 0;
    const reader = createSecretReader(
      async () => {
        const answer = answers[Math.min(reads++, answers.length - 1)];
        if (answer instanceof Error) throw answer;
        return answer;
      },
      { timeoutMs },
    );
    return { reader, reads: () => reads };
  };
  const withSecret = { DATABASE_SECRET_ID: 'app' };

  test('gives the password, and is read once for many runs', async () => {
    const { reader, reads } = secretsOf([JSON.stringify({ password })]);
    expect((await check(withSecret, { secrets: reader })).ok).toBe(true);
    expect((await check(withSecret, { secrets: reader })).ok).toBe(true);
    expect(reads()).toBe(1);
  });

  test('is read again once when its password was rejected, so that a rotation is not a failure', async () => {
    const { reader, reads } = secretsOf([JSON.stringify({ password: 'old' }), JSON.stringify({ password })]);
    expect((await check(withSecret, { secrets: reader })).ok).toBe(true);
    expect(reads()).toBe(2);
  });

  test('that stays wrong is a rejected password, after one more read', async () => {
    const { reader, reads } = secretsOf([JSON.stringify({ password: 'old' })]);
    expect((await check(withSecret, { secrets: reader })).cause).toBe('PASSWORD_REJECTED');
    expect(reads()).toBe(2);
  });

  test('without the key says which keys it has, and no value', async () => {
    const { reader } = secretsOf([JSON.stringify({ pass: 'hunter2' })]);
    const found = await check(withSecret, { secrets: reader });
    expect(found.evidence).toMatchObject({ missing: 'password', keys: ['pass'] });
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  test('that hangs does not hide what the network says', async () => {
    const hanging = createSecretReader(() => new Promise(() => undefined), { timeoutMs: 1_000 });
    const closed = await scriptedServer();
    closed.dispose();
    const found = await check({ ...withSecret, DATABASE_PORT: String(closed.port) }, { secrets: hanging });
    expect(found.cause).toBe('CONNECTION_REFUSED');
    const unread = await check(withSecret, { secrets: hanging, wholeMs: 400 });
    expect(unread.cause).toBe('SECRET_UNREADABLE');
  });
});
