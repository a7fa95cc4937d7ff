import { describeFaults } from './fault.ts';
import { postgresUsageFaults } from './tables/postgres-usage.ts';
import { startPostgresWorld } from './worlds/postgres-world.ts';

describeFaults('PostgreSQL: using the connection', postgresUsageFaults, startPostgresWorld);
