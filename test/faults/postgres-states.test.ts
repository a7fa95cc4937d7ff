import { describeFaults } from './fault.ts';
import { postgresStateFaults } from './tables/postgres-states.ts';
import { startPostgresWorld } from './worlds/postgres-world.ts';

describeFaults('PostgreSQL: server and database', postgresStateFaults, startPostgresWorld);
