import { describeFaults } from './fault.ts';
import { nameFaults, startNamesWorld } from './tables/names.ts';

describeFaults('names', nameFaults, startNamesWorld);
