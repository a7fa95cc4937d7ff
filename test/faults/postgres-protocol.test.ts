import { describeFaults } from './fault.ts';
import { postgresProtocolFaults } from './tables/postgres-protocol.ts';
import { startPostgresWorld } from './worlds/postgres-world.ts';

describeFaults('PostgreSQL: what answers on its port', postgresProtocolFaults, startPostgresWorld);
