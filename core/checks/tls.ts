/** Layer 4: from a socket to an encrypted one with a verified server. */
import { isIP, type Socket } from 'node:net';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import type { CauseCode } from '../causes/index.ts';
import type { Budget } from './budget.ts';
import { errorFields, failed, type Outcome, succeeded } from './outcome.ts';
import type { Evidence } from './report.ts';

export interface Encrypted {
  socket: TLSSocket;
  /** Days until the first certificate that the server sent expires. */
  certificateDaysLeft: number;
}

export interface TlsOptions {
  /** The name that the certificate must carry. */
  host: string;
  /** Trusted authorities as PEM; those of the system unless given. */
  certificates?: readonly string[];
}

const dayMs = 86_400_000;

const causeOfVerification: Record<string, CauseCode> = {
  CERT_HAS_EXPIRED: 'TLS_CERTIFICATE_EXPIRED',
  CERT_NOT_YET_VALID: 'TLS_CERTIFICATE_NOT_YET_VALID',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS_HOSTNAME_MISMATCH',
};

const chainOf = (socket: TLSSocket): DetailedPeerCertificate[] => {
  const chain: DetailedPeerCertificate[] = [];
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (
    certificate?.raw &&
    !chain.some(({ fingerprint256 }) => fingerprint256 === certificate?.fingerprint256)
  ) {
    chain.push(certificate);
    certificate = certificate.issuerCertificate;
  }
  return chain;
};

const daysLeft = (chain: DetailedPeerCertificate[]): number =>
  Math.floor(Math.min(...chain.map(({ valid_to }) => (Date.parse(valid_to) - Date.now()) / dayMs)));

const verificationFailure = (socket: TLSSocket, host: string, code: string): Outcome<never> => {
  const [leaf] = chainOf(socket);
  const evidence: Evidence = {
    code,
    expectedHost: host,
    subject: leaf?.subject?.CN,
    names: leaf?.subjectaltname,
    issuer: leaf?.issuer?.CN,
    validFrom: leaf && new Date(leaf.valid_from).toISOString(),
    validTo: leaf && new Date(leaf.valid_to).toISOString(),
  };
  const cause = causeOfVerification[code] ?? 'TLS_UNTRUSTED_CA';
  const details: Partial<Record<CauseCode, string>> = {
    TLS_CERTIFICATE_EXPIRED: `a certificate of the server has expired (the server's own is valid to ${evidence.validTo})`,
    TLS_CERTIFICATE_NOT_YET_VALID: `a certificate of the server is not valid yet (the server's own is valid from ${evidence.validFrom})`,
    TLS_HOSTNAME_MISMATCH: `the certificate is for ${evidence.names ?? evidence.subject}, not for "${host}"`,
    TLS_UNTRUSTED_CA: `the certificate was issued by "${evidence.issuer}", which is not trusted (${code})`,
  };
  return failed(cause, details[cause] ?? code, evidence);
};

const causeOfHandshake = (code: string, message: string): CauseCode => {
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code)) return 'TLS_NOT_OFFERED';
  if (/wrong version number/i.test(message)) return 'TLS_NOT_OFFERED';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'CONNECTION_RESET';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return 'TLS_PROTOCOL_MISMATCH';
  return 'UNKNOWN';
};

const handshakeDetails: Partial<Record<CauseCode, string>> = {
  TLS_NOT_OFFERED: 'the server answered the TLS handshake with plain text',
  CONNECTION_RESET: 'the server closed the connection during the TLS handshake',
  TLS_PROTOCOL_MISMATCH: 'client and server have no TLS version or cipher in common',
};

/**
 * Makes the handshake and verifies chain and host name. The handshake is let through first and judged
 * after, because only then the certificate can be shown as evidence; nothing is sent over a socket that did
 * not pass.
 */
export const encrypt = (raw: Socket, options: TlsOptions, budget: Budget): Promise<Outcome<Encrypted>> =>
  new Promise((resolve) => {
    const { host, certificates } = options;
    const socket = connect({
      socket: raw,
      host,
      ...(isIP(host) ? {} : { servername: host }),
      ...(certificates ? { ca: [...certificates] } : {}),
      minVersion: 'TLSv1.2',
      rejectUnauthorized: false,
    });
    const finish = (outcome: Outcome<Encrypted>) => {
      clearTimeout(timer);
      raw.removeListener('close', closed);
      if (!outcome.ok) {
        socket.destroy();
        raw.destroy();
      }
      resolve(outcome);
    };
    const limitMs = Math.round(budget.remaining());
    const timer = setTimeout(
      () =>
        finish(failed('TLS_TIMEOUT', `the TLS handshake was not answered within ${limitMs} ms`, { limitMs })),
      budget.remaining(),
    );
    const closed = () =>
      finish(
        failed('CONNECTION_RESET', handshakeDetails.CONNECTION_RESET ?? '', { code: 'closed in handshake' }),
      );
    raw.once('close', closed);
    socket.once('error', (error) => {
      const { code = 'UNKNOWN', message = '' } = errorFields(error);
      const cause = causeOfHandshake(code, message);
      finish(
        failed(cause, handshakeDetails[cause] ?? message, { code }, cause === 'UNKNOWN' ? 'tls' : undefined),
      );
    });
    socket.once('secureConnect', () => {
      const problem = socket.authorizationError as unknown;
      if (!socket.authorized) {
        const code =
          problem instanceof Error ? (errorFields(problem).code ?? problem.message) : String(problem);
        return finish(verificationFailure(socket, host, code));
      }
      socket.on('error', () => undefined);
      finish(succeeded({ socket, certificateDaysLeft: daysLeft(chainOf(socket)) }));
    });
  });
