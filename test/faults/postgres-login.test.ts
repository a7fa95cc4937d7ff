import { describeFaults } from './fault.ts';
import { postgresLoginFaults } from './tables/postgres-login.ts';
import { startPostgresWorld } from './worlds/postgres-world.ts';

describeFaults('PostgreSQL: the login', postgresLoginFaults, startPostgresWorld);
