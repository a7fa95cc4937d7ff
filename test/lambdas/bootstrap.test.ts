import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createSecretReader } from '../../core/checks/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { scramVerifier } from '../../lambdas/bootstrap/password-verifier.ts';
import { runBootstrap } from '../../lambdas/bootstrap/run.ts';
import { createCertificateAuthority } from '../../twin/certificates.ts';
import { type PostgresServer, startPostgres } from '../../twin/servers/postgres.ts';

let server: PostgresServer;
let rootCertificate: string;

/** The master user of RDS is no superuser: it may create roles and databases, and hand on pg_monitor. */
const master = { username: 'master', password: "m@ster/'pass" };
const service = { username: 'mlflow', password: 'p@ss/w#rd?%' };
const capacity = { username: 'capacity_probe', password: 'p"robe' };
const operations = { username: 'breakwater_operations', password: 'op"erations' };

const secretsFor = (overrides: Record<string, object> = {}) => {
  const values: Record<string, object> = {
    master,
    capacity,
    operations,
    app: { host: 'localhost', port: server.port, dbname: 'mlflow_db', ...service },
    ...overrides,
  };
  return createSecretReader(
    async (id) => {
      if (!values[id]) throw Object.assign(new Error('no'), { name: 'ResourceNotFoundException' });
      return JSON.stringify(values[id]);
    },
    { timeoutMs: 1_000 },
  );
};

const run = (environment: Record<string, string> = {}, secrets = secretsFor()) =>
  runBootstrap(
    readSettings(
      {
        DATABASE_HOST: 'localhost',
        DATABASE_PORT: String(server.port),
        DATABASE_NAME: 'mlflow_db',
        DATABASE_USER: 'mlflow',
        DATABASE_SECRET_ID: 'app',
        DATABASE_MASTER_SECRET_ID: 'master',
        CAPACITY_PROBE_SECRET_ID: 'capacity',
        MESSAGE_OPERATIONS_SECRET_ID: 'operations',
        DATABASE_SSL_ROOT_CERT: rootCertificate,
        ...environment,
      },
      { reader: 'bootstrap' },
    ),
    secrets,
  );

const as = async <T extends pg.QueryResultRow>(
  { username, password }: { username: string; password: string },
  statement: string,
  database = 'mlflow_db',
): Promise<T[]> => {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: username,
    password,
    database,
    ssl: { rejectUnauthorized: false },
  });
  await client.connect();
  try {
    return (await client.query<T>(statement)).rows;
  } finally {
    await client.end();
  }
};

const superuser = () => ({ username: server.superuser.name, password: server.superuser.password });

beforeAll(async () => {
  const authority = await createCertificateAuthority();
  rootCertificate = authority.certificatePem;
  server = await startPostgres({
    certificate: await authority.issue({ names: ['localhost', '127.0.0.1'] }),
    requireTls: true,
    parameters: { log_statement: 'ddl' },
  });
  const [role, password] = [pg.escapeIdentifier(master.username), pg.escapeLiteral(master.password)];
  await as(superuser(), `create role ${role} login createrole createdb password ${password}`, 'postgres');
  for (const predefined of ['pg_monitor', 'pg_use_reserved_connections'])
    await as(superuser(), `grant ${predefined} to ${role} with admin option`, 'postgres');
});

afterAll(() => server?.dispose());

describe('the bootstrap function', () => {
  test('creates the roles, the database and the grants on an empty server, as a master that is no superuser', async () => {
    const { changes } = await run();
    expect(changes).toEqual([
      'created role mlflow',
      'created role capacity_probe',
      'created role breakwater_operations',
      'created database mlflow_db',
      expect.stringContaining('granted connect, create and temporary'),
      expect.stringContaining('granted usage and create on schema public'),
      expect.stringContaining('granted pg_monitor'),
      expect.stringContaining('granted pg_use_reserved_connections'),
      expect.stringContaining('limited role capacity_probe to 3 connections'),
      expect.stringContaining('limited role breakwater_operations to 2 connections'),
    ]);
    // The server logs what defines roles and grants here; what it logged of a new role must not give the password away.
    expect(server.log()).toContain('create role "capacity_probe"');
    for (const { password } of [service, capacity, operations]) expect(server.log()).not.toContain(password);
    await as(service, 'create table proof (id int); drop table proof');
    const [probe] = await as<{ may: boolean }>(capacity, "select pg_has_role('pg_monitor', 'member') as may");
    expect(probe?.may).toBe(true);
  });

  test('changes nothing when it runs again', async () => {
    expect(await run()).toEqual({ database: 'mlflow_db', changes: [] });
  });

  test('sets the password of a role that has another than its secret', async () => {
    await as(superuser(), `alter role mlflow password 'somebody changed it'`);
    expect((await run()).changes).toEqual(['set the password of role mlflow to the one in its secret']);
    await as(service, 'select 1');
  });

  test('leaves what is in an existing database alone', async () => {
    await as(service, 'create table kept (id int); insert into kept values (7)');
    await as(master, 'revoke pg_monitor from capacity_probe');
    expect((await run()).changes).toEqual(['granted pg_monitor to capacity_probe']);
    expect(await as(service, 'select id from kept')).toEqual([{ id: 7 }]);
  });

  test('does without the reserve of connections where the master user may not hand it on', async () => {
    await as(master, 'revoke pg_use_reserved_connections from capacity_probe');
    await as(superuser(), 'revoke pg_use_reserved_connections from master');
    expect((await run()).changes).toEqual([]);
    await as(superuser(), 'grant pg_use_reserved_connections to master with admin option');
    expect((await run()).changes).toEqual(['granted pg_use_reserved_connections to capacity_probe']);
  });

  test('two runs at the same time do not disturb each other', async () => {
    await expect(Promise.all([run(), run()])).resolves.toHaveLength(2);
  });

  test('refuses a secret for another database or user, before anything is changed', async () => {
    await expect(run({ DATABASE_NAME: 'mlflow' })).rejects.toThrow(
      'DATABASE_NAME_MISMATCH: the secret says database "mlflow_db", DATABASE_NAME says "mlflow"',
    );
    await expect(run({ DATABASE_USER: 'other' })).rejects.toThrow('DATABASE_USER_MISMATCH');
  });

  test('names what is missing', async () => {
    await expect(run({ DATABASE_MASTER_SECRET_ID: '' })).rejects.toThrow(
      'DATABASE_MASTER_SECRET_ID is not set',
    );
    await expect(run({}, secretsFor({ capacity: { username: 'x' } }))).rejects.toThrow('SECRET_INCOMPLETE');
    await expect(run({ MESSAGE_OPERATIONS_SECRET_ID: '' })).rejects.toThrow(
      'MESSAGE_OPERATIONS_SECRET_ID is not set',
    );
    await expect(run({ DATABASE_MASTER_SECRET_ID: 'gone' })).rejects.toThrow('SECRET_UNREADABLE');
    await expect(run({ DATABASE_HOST: '' })).rejects.toThrow('DATABASE_HOST is not set');
  });
});

test('the verifier is the one that PostgreSQL computes itself', async () => {
  const [row] = await as<{ rolpassword: string }>(
    superuser(),
    `select rolpassword from pg_authid where rolname = 'mlflow'`,
  );
  const salt = /\$\d+:([^$]+)\$/.exec(row?.rolpassword ?? '')?.[1] ?? '';
  expect(scramVerifier(service.password, Buffer.from(salt, 'base64'))).toBe(row?.rolpassword);
});
