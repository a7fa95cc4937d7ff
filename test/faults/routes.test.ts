import { describeFaults } from './fault.ts';
import { routeFaults } from './tables/routes.ts';
import { startNetworkNamespace } from './worlds/network-namespace.ts';

describeFaults('routes and names in a network of its own', routeFaults, startNetworkNamespace);
