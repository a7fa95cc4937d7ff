/** Causes of the layer tls: encrypting and verifying. */
import type { CauseRow } from './cause-row.ts';

export const tlsCauses = {
  TLS_NOT_OFFERED: {
    meaning: 'The server does not offer TLS.',
    remedy:
      'Turn TLS on at the server (rds.force_ssl, ssl = on); do not turn verification off at the client.',
    retryable: false,
  },
  TLS_REQUIRED: {
    meaning: 'The server speaks only TLS, and the client did not.',
    remedy: 'Use the TLS form of the address (https, rediss) or turn TLS on in the setting.',
    retryable: false,
  },
  TLS_UNTRUSTED_CA: {
    meaning: 'The certificate of the server is not signed by an authority that the client trusts.',
    remedy:
      'Check DATABASE_SSL_ROOT_CERT and the certificate authority of the instance; check that nothing intercepts the connection.',
    retryable: false,
  },
  TLS_SELF_SIGNED: {
    meaning: 'The certificate of the server is signed by itself, not by an authority.',
    remedy:
      'Give the server a certificate of the authority that clients trust; check that nothing intercepts the connection.',
    retryable: false,
  },
  TLS_CERTIFICATE_EXPIRED: {
    meaning: 'The certificate of the server has expired.',
    remedy: 'Rotate the certificate of the server (for RDS: modify the instance to a current CA).',
    retryable: false,
  },
  TLS_CERTIFICATE_NOT_YET_VALID: {
    meaning: 'The certificate of the server is not valid yet.',
    remedy: 'Check the clocks of both sides and the start date of the certificate.',
    retryable: false,
  },
  TLS_HOSTNAME_MISMATCH: {
    meaning: 'The certificate of the server is for another host name.',
    remedy:
      'Connect by the name in the certificate: the endpoint of the instance, not an address or an alias.',
    retryable: false,
  },
  TLS_PROTOCOL_MISMATCH: {
    meaning: 'Client and server have no TLS version or cipher in common, or the port does not speak TLS.',
    remedy: 'Check the port, and the TLS versions that the server allows (TLS 1.2 or newer is needed).',
    retryable: false,
  },
  TLS_TIMEOUT: {
    meaning: 'The connection was accepted, but the TLS handshake was not answered.',
    remedy: 'Check whether the port speaks TLS at all, and whether the server is overloaded.',
    retryable: true,
  },
  TLS_CLOSED: {
    meaning: 'The server took the connection and closed it during the TLS handshake.',
    remedy:
      'Look at the log of the server at that second; check for a proxy without a backend and for a limit of connections.',
    retryable: true,
  },
  TLS_CLIENT_CERTIFICATE_REQUIRED: {
    meaning: 'The server wants a certificate of the client, and the client has none.',
    remedy:
      'Turn client certificates off at the server for this port, or use the port without them; a token is what this client has.',
    retryable: false,
  },
} as const satisfies Record<string, CauseRow>;
