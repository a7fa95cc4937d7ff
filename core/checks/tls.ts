/** Layer 4: from a socket to an encrypted one with a verified server. */
import { isIP, type Socket } from 'node:net';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import type { CauseCode } from '../causes/index.ts';
import { atEndOf, type Budget } from './budget.ts';
import { errorFields, type Failure, failed, type Outcome, succeeded } from './outcome.ts';
import type { Evidence } from './report.ts';

export interface Encrypted {
  socket: TLSSocket;
  /** Days until the first certificate of the chain expires, the trusted authority included. */
  certificateDaysLeft: number;
  /** What the server showed. */
  certificate: Evidence;
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
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS_SELF_SIGNED',
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

const firstToExpire = (chain: DetailedPeerCertificate[]): DetailedPeerCertificate | undefined =>
  chain.toSorted((a, b) => Date.parse(a.valid_to) - Date.parse(b.valid_to))[0];

const daysLeft = ({ valid_to }: DetailedPeerCertificate): number =>
  Math.floor((Date.parse(valid_to) - Date.now()) / dayMs);

const isoTime = (text: string | undefined): string | undefined => text && new Date(text).toISOString();

const verificationFailure = (socket: TLSSocket, options: TlsOptions, code: string): Outcome<never> => {
  const { host, certificates } = options;
  const chain = chainOf(socket);
  const [leaf] = chain;
  const evidence: Evidence = {
    code,
    expectedHost: host,
    subject: leaf?.subject?.CN,
    names: leaf?.subjectaltname,
    issuer: leaf?.issuer?.CN,
    validFrom: isoTime(leaf?.valid_from),
    validTo: isoTime(leaf?.valid_to),
    // With an unknown authority this is what the server sent; one says that nothing stands between, or lacks.
    chainLength: chain.length,
    trustedAuthorities: certificates?.length,
  };
  const cause = causeOfVerification[code] ?? 'TLS_UNTRUSTED_CA';
  const details: Partial<Record<CauseCode, string>> = {
    TLS_CERTIFICATE_EXPIRED: `a certificate of the server has expired (the server's own is valid to ${evidence.validTo})`,
    TLS_CERTIFICATE_NOT_YET_VALID: `a certificate of the server is not valid yet (the server's own is valid from ${evidence.validFrom})`,
    TLS_HOSTNAME_MISMATCH: `the certificate is for ${evidence.names ?? evidence.subject}, not for "${host}"`,
    TLS_SELF_SIGNED: `the certificate of "${evidence.subject}" is signed by itself`,
    TLS_UNTRUSTED_CA: `the certificate was issued by "${evidence.issuer}", which is not trusted (${code})`,
  };
  return failed(cause, details[cause] ?? code, evidence);
};

/** OpenSSL's names of what the other side said or sent in place of a handshake; the first that matches counts. */
const handshakeErrors: readonly [RegExp, CauseCode][] = [
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|wrong version number/i, 'TLS_NOT_OFFERED'],
  [/CERTIFICATE_REQUIRED|ALERT_BAD_CERTIFICATE/, 'TLS_CLIENT_CERTIFICATE_REQUIRED'],
  [/UNRECOGNIZED_NAME/, 'TLS_HOSTNAME_MISMATCH'],
  [/^(ECONNRESET|ECONNABORTED|EPIPE)/, 'TLS_CLOSED'],
  [/^(EPROTO|ERR_SSL_)/, 'TLS_PROTOCOL_MISMATCH'],
];

const handshakeDetails: Partial<Record<CauseCode, string>> = {
  TLS_NOT_OFFERED: 'the server answered the TLS handshake with plain text',
  TLS_CLIENT_CERTIFICATE_REQUIRED: 'the server wants a certificate of the client',
  TLS_HOSTNAME_MISMATCH: 'the server has no certificate for the name that was asked for',
  TLS_CLOSED: 'the server closed the connection during the TLS handshake',
  TLS_PROTOCOL_MISMATCH: 'client and server have no TLS version or cipher in common',
};

/** What an error of a socket with TLS means; undefined when it is none of TLS. */
export const tlsFailure = (error: unknown): Failure | undefined => {
  const { code = '', message = '' } = errorFields(error);
  const cause = handshakeErrors.find(([pattern]) => pattern.test(`${code} ${message}`))?.[1];
  return cause && { cause, detail: handshakeDetails[cause] ?? '', evidence: { code } };
};

const afterHandshake = new WeakMap<Socket, Failure>();

/**
 * With TLS 1.3 a server refuses a client without a certificate only after the handshake: the next layer sees
 * a closed socket, and this says why.
 */
export const refusedAfterHandshake = (socket: Socket): Failure | undefined => afterHandshake.get(socket);

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
      cancel();
      raw.removeListener('close', closed);
      if (!outcome.ok) {
        socket.destroy();
        raw.destroy();
      }
      resolve(outcome);
    };
    const limitMs = Math.round(budget.remaining());
    const cancel = atEndOf(budget, () =>
      finish(failed('TLS_TIMEOUT', `the TLS handshake was not answered within ${limitMs} ms`, { limitMs })),
    );
    const closed = () =>
      finish(failed('TLS_CLOSED', handshakeDetails.TLS_CLOSED ?? '', { code: 'closed in handshake' }));
    raw.once('close', closed);
    socket.once('error', (error) => {
      const { code = 'UNKNOWN', message = '' } = errorFields(error);
      const failure = tlsFailure(error);
      finish(failure ? { ok: false, failure } : failed('UNKNOWN', message, { code }, 'tls'));
    });
    socket.once('secureConnect', () => {
      const problem = socket.authorizationError as unknown;
      if (!socket.authorized) {
        const code =
          problem instanceof Error ? (errorFields(problem).code ?? problem.message) : String(problem);
        return finish(verificationFailure(socket, options, code));
      }
      socket.on('error', (error) => {
        const failure = tlsFailure(error);
        if (failure?.cause === 'TLS_CLIENT_CERTIFICATE_REQUIRED') afterHandshake.set(socket, failure);
      });
      const chain = chainOf(socket);
      const [leaf] = chain;
      const first = firstToExpire(chain);
      const certificateDaysLeft = first ? daysLeft(first) : Number.POSITIVE_INFINITY;
      const certificate = {
        subject: leaf?.subject?.CN,
        issuer: leaf?.issuer?.CN,
        validTo: isoTime(leaf?.valid_to),
        daysLeft: certificateDaysLeft,
        // The days are those of an authority, not of the server's own.
        ...(first !== leaf && {
          firstToExpire: { subject: first?.subject?.CN, validTo: isoTime(first?.valid_to) },
        }),
        protocol: socket.getProtocol() ?? undefined,
      };
      finish(succeeded({ socket, certificateDaysLeft, certificate }));
    });
  });
