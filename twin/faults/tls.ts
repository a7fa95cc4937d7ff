import { createCertificateAuthority, localNames } from '../certificates.ts';
import { endSessions } from './end-sessions.ts';
import type { FaultDefinition } from './fault.ts';

const names = localNames;
const day = 86_400_000;

const soon = (): Date => new Date(Date.now() + 10 * day);
const yesterday = () => ({
  notBefore: new Date(Date.now() - 90 * day),
  notAfter: new Date(Date.now() - day),
});

export const tls: FaultDefinition = {
  doc: 'The server came back with a certificate of an authority that no client trusts.',
  driven: true,
  parts: ['database'],
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
  parts: ['database'],
  breaks: ['postgres-unreachable'],
  cause: 'TLS_CERTIFICATE_EXPIRED',
  inject: async ({ database, authority }) => {
    await database.server.reload({ certificate: await authority.issue({ names, ...yesterday() }) });
    await endSessions(database);
    return async () => database.server.reload({ certificate: await authority.issue({ names }) });
  },
};

export const certificateExpiring: FaultDefinition = {
  doc: 'The certificate of the server expires in 10 days; it works until then.',
  driven: true,
  parts: ['database'],
  breaks: ['postgres-certificate-expiring'],
  inject: async ({ database, authority }) => {
    await database.server.reload({ certificate: await authority.issue({ names, notAfter: soon() }) });
    return async () => database.server.reload({ certificate: await authority.issue({ names }) });
  },
};

const presentedByAuth =
  (times: () => { notBefore?: Date; notAfter: Date }): FaultDefinition['inject'] =>
  async ({ doors, authority }) => {
    const issue = (more: Partial<ReturnType<typeof times>> = {}) => authority.issue({ names, ...more });
    doors.auth.present(await issue(times()));
    return async () => doors.auth.present(await issue());
  };

export const authCertificateExpired: FaultDefinition = {
  doc: 'The certificate of the auth service expired yesterday; no client accepts it.',
  driven: true,
  parts: ['auth'],
  breaks: ['auth-down'],
  cause: 'TLS_CERTIFICATE_EXPIRED',
  inject: presentedByAuth(yesterday),
};

export const authCertificateExpiring: FaultDefinition = {
  doc: 'The certificate of the auth service expires in 10 days; it works until then.',
  driven: true,
  parts: ['auth'],
  breaks: ['auth-certificate-expiring'],
  inject: presentedByAuth(() => ({ notAfter: soon() })),
};
