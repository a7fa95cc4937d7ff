import { createCertificateAuthority } from '../certificates.ts';
import { databaseHost } from '../servers/index.ts';
import { endSessions } from './end-sessions.ts';
import type { FaultDefinition } from './fault.ts';

const names = [databaseHost, '127.0.0.1'];
const day = 86_400_000;

export const tls: FaultDefinition = {
  doc: 'The server came back with a certificate of an authority that no client trusts.',
  driven: true,
  breaks: ['postgres-unreachable'],
  cause: 'TLS_UNTRUSTED_CA',
  inject: async ({ database, authority }) => {
    const other = await createCertificateAuthority('Another CA');
    await database.server.reload({ certificate: await other.issue({ names }) });
    await endSessions(database);
    return async () => database.server.reload({ certificate: await authority.issue({ names }) });
  },
};

export const certificateExpired: FaultDefinition = {
  doc: 'The certificate of the server expired yesterday; sessions have ended.',
  driven: true,
  breaks: ['postgres-unreachable'],
  cause: 'TLS_CERTIFICATE_EXPIRED',
  inject: async ({ database, authority }) => {
    const times = { notBefore: new Date(Date.now() - 90 * day), notAfter: new Date(Date.now() - day) };
    await database.server.reload({ certificate: await authority.issue({ names, ...times }) });
    await endSessions(database);
    return async () => database.server.reload({ certificate: await authority.issue({ names }) });
  },
};

export const certificateExpiring: FaultDefinition = {
  doc: 'The certificate of the server expires in 10 days; it works until then.',
  driven: true,
  breaks: ['postgres-certificate-expiring'],
  inject: async ({ database, authority }) => {
    const notAfter = new Date(Date.now() + 10 * day);
    await database.server.reload({ certificate: await authority.issue({ names, notAfter }) });
    return async () => database.server.reload({ certificate: await authority.issue({ names }) });
  },
};
