/** PostgreSQL: the database is there, its tables are not. Through the database-name probe, as a process. */
import { execFile } from 'node:child_process';
import type { Check, Report } from '../../../core/checks/index.ts';
import type { Fault } from '../fault.ts';
import { type PostgresWorld, password, quotedPassword } from '../worlds/postgres-world.ts';

const root = new URL('../../../', import.meta.url).pathname;

/** The check of the tables in this database. */
const tablesIn = (
  { server, authority }: PostgresWorld,
  database: string,
  tables: string,
  user = 'mlflow',
): Promise<Check> =>
  new Promise((resolve, reject) => {
    const env = {
      PATH: process.env.PATH,
      DATABASE_URL: `postgresql://${user}:${encodeURIComponent(password)}@localhost:${server.port}/${database}`,
      DATABASE_SSL_ROOT_CERT: authority.certificatePem,
      DATABASE_EXPECTED_TABLES: tables,
    };
    const args = ['bin/probe.ts', 'database-name', '--json'];
    execFile(process.execPath, args, { cwd: root, env }, (_error, stdout, stderr) => {
      if (stdout === '') return reject(new Error(stderr));
      const found = (JSON.parse(stdout) as Report).checks.find(({ target }) => target === 'tables');
      return found ? resolve(found) : reject(new Error(stdout));
    });
  });

export const schemaFaults: readonly Fault<PostgresWorld>[] = [
  {
    dependency: 'postgres',
    name: 'I-85 a database whose migrations were never run',
    cause: 'SCHEMA_MISSING',
    evidence: { database: 'fresh', missing: ['breakwater_migrations'] },
    run: async (world) => {
      await world.admin('create database fresh');
      return tablesIn(world, 'fresh', 'breakwater_migrations');
    },
  },
  {
    dependency: 'postgres',
    name: 'I-103 a URL that leads to the database of another program on the same server',
    cause: 'SCHEMA_MISSING',
    evidence: { database: 'tracking', missing: ['benchmark_specs'] },
    detail: /database "tracking" lacks the table benchmark_specs/,
    run: async (world) => {
      await world.admin('create database tracking');
      return tablesIn(world, 'tracking', 'benchmark_specs');
    },
  },
  {
    dependency: 'postgres',
    name: 'a role from which a right on a table was taken',
    cause: 'PRIVILEGE_MISSING',
    evidence: { database: 'governed', role: 'registrar', lacks: ['INSERT on breakwater_transports'] },
    detail: /role "registrar" lacks INSERT on breakwater_transports/,
    run: async (world) => {
      await world.admin('create database governed');
      await world.admin(
        `create role registrar login password ${quotedPassword};
         create table breakwater_transports (name text, server_id text, since timestamptz);
         grant select, update on breakwater_transports to registrar`,
        world.server,
        'governed',
      );
      return tablesIn(world, 'governed', 'breakwater_transports', 'registrar');
    },
  },
];
