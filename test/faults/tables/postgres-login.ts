/** PostgreSQL: everything between the encrypted connection and the database. */
import { createSecretReader } from '../../../core/checks/index.ts';
import type { PostgresServer } from '../../../twin/servers/postgres.ts';
import { refusesLogin } from '../../fixtures/postgres-script.ts';
import type { Fault } from '../fault.ts';
import { type PostgresWorld, quotedPassword, withoutTls } from '../worlds/postgres-world.ts';

const dependency = 'postgres';

/** The rules of access while the check runs, and those of before again. */
const underRules = async (
  { server, check }: PostgresWorld,
  hba: string[],
  parameters: Record<string, string> = {},
) => {
  await server.reload({ hba, parameters });
  try {
    return await check();
  } finally {
    await server.reload({ hba: ['hostssl all all all scram-sha-256'], parameters: {} });
  }
};

/** Fills the server with sessions, checks, and lets them go. */
const whileHeld = async (
  world: PostgresWorld,
  target: PostgresServer,
  { sessions, user }: { sessions: number; user: string },
  environment: Record<string, string>,
) => {
  const held = [];
  for (let count = 0; count < sessions; count++) held.push(await world.hold(target, 'select 1', user));
  try {
    return await world.check(environment);
  } finally {
    await Promise.all(held.map((client) => client.end()));
  }
};

/** A role of its own for a row, so that rows do not depend on each other. */
const role = ({ admin, server }: PostgresWorld, name: string, options: string, target = server) =>
  admin(`create role ${name} password ${quotedPassword} ${options}`, target);

export const postgresLoginFaults: readonly Fault<PostgresWorld>[] = [
  {
    dependency,
    name: 'a wrong password',
    cause: 'PASSWORD_REJECTED',
    evidence: { sqlstate: '28P01' },
    run: ({ check }) => check({ DATABASE_PASSWORD: 'wrong' }),
  },
  {
    dependency,
    name: 'I-29 a user that the server does not have: the default postgres instead of mlflow',
    cause: 'PASSWORD_REJECTED',
    evidence: { sqlstate: '28P01' },
    detail: /"postgres"/,
    run: ({ check }) => check({ DATABASE_USER: 'postgres' }),
  },
  {
    dependency,
    name: 'a password past its VALID UNTIL',
    cause: 'PASSWORD_REJECTED',
    run: async (world) => {
      await role(world, 'expired', "login valid until '2020-01-01'");
      return world.check({ DATABASE_USER: 'expired' });
    },
  },
  {
    dependency,
    name: 'I-13 a password that was changed on the server while the secret holds the old one',
    cause: 'PASSWORD_REJECTED',
    toldApart: /not a rotation: the secret was read again/,
    run: ({ check }) => {
      const secrets = createSecretReader(async () => '{"password":"the one of yesterday"}', {
        timeoutMs: 1_000,
      });
      return check({ DATABASE_SECRET_ID: 'app' }, { secrets });
    },
  },
  {
    dependency,
    name: 'a role that may not log in',
    cause: 'LOGIN_NOT_PERMITTED',
    run: async (world) => {
      await role(world, 'sleeper', 'nologin');
      return world.check({ DATABASE_USER: 'sleeper' });
    },
  },
  {
    dependency,
    name: 'no access rule for this address',
    cause: 'ADDRESS_NOT_ADMITTED',
    evidence: { rule: 'none that matches' },
    run: (world) => underRules(world, ['hostssl all all 192.0.2.0/24 scram-sha-256']),
  },
  {
    dependency,
    name: 'an access rule that rejects',
    cause: 'ADDRESS_NOT_ADMITTED',
    evidence: { rule: 'one that rejects' },
    run: (world) => underRules(world, ['hostssl all all all reject']),
  },
  {
    dependency,
    name: 'a login without encryption where the server wants it',
    cause: 'ENCRYPTION_REQUIRED',
    run: ({ check }) => check({ DATABASE_SSL_MODE: 'disable' }),
  },
  {
    dependency,
    name: 'a server that wants a certificate of the client',
    cause: 'TLS_CLIENT_CERTIFICATE_REQUIRED',
    run: (world) =>
      underRules(world, ['hostssl all all all scram-sha-256 clientcert=verify-ca'], {
        ssl_ca_file: 'server.crt',
      }),
  },
  {
    dependency,
    name: 'an access rule that wants what the server has no file for',
    cause: 'SERVER_MISCONFIGURED',
    evidence: { sqlstate: 'F0000' },
    run: (world) => underRules(world, ['hostssl all all all scram-sha-256 clientcert=verify-ca']),
  },
  {
    dependency,
    name: 'a role whose setting names a library that is not there',
    cause: 'SERVER_MISCONFIGURED',
    evidence: { sqlstate: '58P01' },
    detail: /"no_such_library"/,
    run: async (world) => {
      await role(world, 'preloading', 'login');
      await world.admin("alter role preloading set session_preload_libraries = 'no_such_library'");
      return world.check({ DATABASE_USER: 'preloading' });
    },
  },
  {
    dependency,
    name: 'a database whose setting names a file that is no library of the server',
    cause: 'SERVER_MISCONFIGURED',
    detail: /could not load library/,
    run: async (world) => {
      await world.admin('create database preloaded');
      const file = `${world.server.directory}/PG_VERSION`;
      await world.admin(`alter database preloaded set session_preload_libraries = '${file}'`);
      return world.check({ DATABASE_NAME: 'preloaded' });
    },
  },
  {
    dependency,
    name: 'all connections used',
    cause: 'TOO_MANY_CONNECTIONS',
    evidence: { limit: 'all slots (max_connections)' },
    remedy: /^Find who holds the connections/,
    run: (world) =>
      whileHeld(world, world.small, { sessions: 8, user: 'mlflow' }, withoutTls(world.small.port)),
  },
  {
    dependency,
    name: 'only reserved connections left',
    cause: 'TOO_MANY_CONNECTIONS',
    evidence: { limit: 'all slots but the reserved ones' },
    run: async (world) => {
      await role(world, 'clerk', 'login', world.small);
      const environment = withoutTls(world.small.port, { DATABASE_USER: 'clerk' });
      return whileHeld(world, world.small, { sessions: 6, user: 'mlflow' }, environment);
    },
  },
  {
    dependency,
    name: 'the connection limit of the role',
    cause: 'TOO_MANY_CONNECTIONS',
    evidence: { limit: 'CONNECTION LIMIT of the role' },
    remedy: /^Raise the limit that the evidence names, or take it away/,
    run: async (world) => {
      await role(world, 'single', 'login connection limit 1');
      return whileHeld(world, world.server, { sessions: 1, user: 'single' }, { DATABASE_USER: 'single' });
    },
  },
  {
    dependency,
    name: 'the connection limit of the database',
    cause: 'TOO_MANY_CONNECTIONS',
    evidence: { limit: 'CONNECTION LIMIT of the database' },
    remedy: /^Raise the limit that the evidence names, or take it away/,
    run: async (world) => {
      await world.admin('create database narrow connection limit 0');
      await role(world, 'ordinary', 'login');
      return world.check({ DATABASE_NAME: 'narrow', DATABASE_USER: 'ordinary' });
    },
  },
  {
    dependency,
    name: 'a pooler without a free connection of its own',
    cause: 'TOO_MANY_CONNECTIONS',
    evidence: { limit: 'the pooler' },
    remedy: /behind the pooler/,
    run: ({ scripted }) => scripted(refusesLogin({ code: '08P01', message: 'query_wait_timeout' })),
  },
  {
    dependency,
    name: 'an option at the start that the server does not know',
    cause: 'STARTUP_OPTION_REJECTED',
    run: ({ scripted }) =>
      scripted(
        refusesLogin({ code: '42704', message: 'unrecognized configuration parameter "lock_timeot"' }),
      ),
  },
  {
    dependency,
    name: 'an option at the start that a pooler does not let through',
    cause: 'STARTUP_OPTION_REJECTED',
    run: ({ scripted }) =>
      scripted(refusesLogin({ code: '08P01', message: 'unsupported startup parameter: statement_timeout' })),
  },
];
