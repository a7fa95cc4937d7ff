import { describeFaults } from './fault.ts';
import { schemaFaults } from './tables/schema.ts';
import { startPostgresWorld } from './worlds/postgres-world.ts';

describeFaults('PostgreSQL: the tables', schemaFaults, startPostgresWorld);
