import { describeFaults } from './fault.ts';
import { encryptionFaults, startEncryptionWorld } from './tables/encryption.ts';

describeFaults('encryption', encryptionFaults, startEncryptionWorld);
