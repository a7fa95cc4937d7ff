import { describeFaults } from './fault.ts';
import { networkFaults, startNetworkWorld } from './tables/network.ts';

describeFaults('the way to a server', networkFaults, startNetworkWorld);
