import { describeFaults } from './fault.ts';
import { httpTransportFaults } from './tables/http-transport.ts';
import { startHttpWorld } from './worlds/http-world.ts';

describeFaults('MLflow and auth: transport', httpTransportFaults, startHttpWorld);
