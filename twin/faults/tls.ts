import { createCertificateAuthority } from '../certificates.ts';
import { databaseHost } from '../servers/index.ts';
import type { FaultDefinition } from './fault.ts';

const names = [databaseHost, '127.0.0.1'];

export const tls: FaultDefinition = {
  doc: 'The server shows a certificate of an authority that no client trusts.',
  driven: true,
  inject: async ({ database, authority }) => {
    const other = await createCertificateAuthority('Another CA');
    await database.server.reload({ certificate: await other.issue({ names }) });
    return async () => database.server.reload({ certificate: await authority.issue({ names }) });
  },
};
