/** Faults of TLS, the same for every dependency, with real handshakes and real certificates. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { getCACertificates, type SecureContextOptions, setDefaultCACertificates, TLSSocket } from 'node:tls';
import type { Dependency } from '../../../core/checks/index.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type IssuedCertificate,
} from '../../../twin/certificates.ts';
import { selfSigned } from '../../fixtures/self-signed.ts';
import type { Fault, World } from '../fault.ts';
import { checkAt, dependencies, type Place, token } from '../worlds/places.ts';

export interface EncryptionWorld extends World {
  authority: CertificateAuthority;
  /** One that nobody trusts. */
  other: CertificateAuthority;
}

export const startEncryptionWorld = async (): Promise<EncryptionWorld> => {
  const authority = await createCertificateAuthority('the trusted one');
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, authority.certificatePem]);
  return {
    secrets: [token],
    disposables: [() => setDefaultCACertificates(before)],
    authority,
    other: await createCertificateAuthority('somebody else'),
  };
};

/** Handles a connection from where TLS begins: PostgreSQL asks for it first. */
const serve = async (world: World, dependency: Dependency, onTls: (socket: Socket) => void) => {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    if (dependency !== 'postgres') return onTls(socket);
    socket.once('data', () => {
      socket.write('S');
      onTls(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.disposables.push(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
};

const handshake =
  ({ certificatePem: cert, keyPem: key }: IssuedCertificate, more: SecureContextOptions = {}) =>
  (socket: Socket): void => {
    const secure = new TLSSocket(socket, { isServer: true, cert, key, ...more });
    secure.on('error', () => undefined);
  };

const day = 86_400_000;
const daysFromNow = (days: number): Date => new Date(Date.now() + days * day);
const alert = (description: number): Buffer => Buffer.from([21, 3, 3, 0, 2, 2, description]);

interface Row extends Omit<Fault<EncryptionWorld>, 'dependency' | 'run'> {
  onTls(world: EncryptionWorld): Promise<(socket: Socket) => void> | ((socket: Socket) => void);
  host?: string;
}

const rows: readonly Row[] = [
  {
    name: 'I-81 a certificate of an authority that is not trusted',
    cause: 'TLS_UNTRUSTED_CA',
    evidence: { issuer: 'somebody else', chainLength: 1 },
    onTls: async ({ other }) => handshake(await other.issue({ names: ['localhost'] })),
  },
  {
    name: 'a chain that ends in an authority that is not trusted',
    cause: 'TLS_UNTRUSTED_CA',
    evidence: { code: 'SELF_SIGNED_CERT_IN_CHAIN', chainLength: 2 },
    onTls: async ({ other }) => {
      const { certificatePem, keyPem } = await other.issue({ names: ['localhost'] });
      return handshake({ certificatePem: `${certificatePem}\n${other.certificatePem}`, keyPem });
    },
  },
  {
    name: 'a certificate that is signed by itself',
    cause: 'TLS_SELF_SIGNED',
    evidence: { subject: 'localhost' },
    onTls: async () => handshake(await selfSigned('localhost')),
  },
  {
    name: 'a certificate that has expired',
    cause: 'TLS_CERTIFICATE_EXPIRED',
    detail: /valid to \d{4}-/,
    onTls: async ({ authority }) =>
      handshake(
        await authority.issue({
          names: ['localhost'],
          notBefore: daysFromNow(-9),
          notAfter: daysFromNow(-1),
        }),
      ),
  },
  {
    name: 'a certificate that is not valid yet',
    cause: 'TLS_CERTIFICATE_NOT_YET_VALID',
    onTls: async ({ authority }) =>
      handshake(
        await authority.issue({ names: ['localhost'], notBefore: daysFromNow(1), notAfter: daysFromNow(9) }),
      ),
  },
  {
    name: 'a certificate for another host name',
    cause: 'TLS_HOSTNAME_MISMATCH',
    detail: /db\.example, not for "localhost"/,
    onTls: async ({ authority }) => handshake(await authority.issue({ names: ['db.example'] })),
  },
  {
    name: 'a connection by address to a certificate for a name',
    cause: 'TLS_HOSTNAME_MISMATCH',
    host: '127.0.0.1',
    onTls: async ({ authority }) => handshake(await authority.issue({ names: ['localhost'] })),
  },
  {
    name: 'a server that has no certificate for the name',
    cause: 'TLS_HOSTNAME_MISMATCH',
    onTls: () => (socket) => socket.once('data', () => socket.end(alert(112))),
  },
  {
    name: 'a server with only an old version of TLS',
    cause: 'TLS_PROTOCOL_MISMATCH',
    onTls: async ({ authority }) =>
      handshake(await authority.issue({ names: ['localhost'] }), {
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'ALL@SECLEVEL=0',
      }),
  },
  {
    name: 'a server that has no cipher in common',
    cause: 'TLS_PROTOCOL_MISMATCH',
    onTls: () => (socket) => socket.once('data', () => socket.end(alert(40))),
  },
  {
    name: 'an alert that a certificate of the client is wanted',
    cause: 'TLS_CLIENT_CERTIFICATE_REQUIRED',
    onTls: () => (socket) => socket.once('data', () => socket.end(alert(116))),
  },
  {
    name: 'a connection that is closed in the handshake',
    cause: 'TLS_CLOSED',
    onTls: () => (socket) => socket.once('data', () => socket.end()),
  },
  {
    name: 'a connection that is reset in the handshake',
    cause: 'TLS_CLOSED',
    onTls: () => (socket) => socket.once('data', () => socket.resetAndDestroy()),
  },
  {
    name: 'a handshake that is not answered',
    cause: 'TLS_TIMEOUT',
    onTls: () => () => undefined,
  },
  {
    name: 'plain text in answer to the handshake',
    cause: 'TLS_NOT_OFFERED',
    onTls: () => (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  },
];

const fault = (dependency: Dependency, { onTls, host, ...row }: Row): Fault<EncryptionWorld> => ({
  ...row,
  dependency,
  run: async (world) => {
    const port = await serve(world, dependency, await onTls(world));
    const place: Place = {
      port,
      tls: true,
      authority: world.authority.certificatePem,
      ...(host ? { host } : {}),
    };
    return checkAt[dependency](place);
  },
});

export const encryptionFaults: readonly Fault<EncryptionWorld>[] = dependencies.flatMap((dependency) =>
  rows.map((row) => fault(dependency, row)),
);
