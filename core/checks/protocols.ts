/** How each protocol begins, and how one recognises that a port speaks it. */

export type Protocol = 'http' | 'redis' | 'postgres' | 'tls';

interface Greeting {
  /** As a report names it. */
  name: string;
  /** What is sent first. */
  say: Buffer;
  /** Whether what came back is this protocol. */
  recognises(answer: Buffer): boolean;
}

/** Length 8, code 80877103: the request for TLS of PostgreSQL. */
export const postgresTlsRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * A hello of TLS 1.2 with four ciphers and no extensions. Every TLS server answers it, if only with an alert,
 * and an answer is all that is wanted.
 */
const tlsHello = Buffer.from(
  `160301003301${'00002f'}0303${'2a'.repeat(32)}00${'0008c02fc030009c002f'}0100`,
  'hex',
);

const text = (answer: Buffer): string => answer.toString('latin1', 0, 64);

export const protocols: Record<Protocol, Greeting> = {
  http: {
    name: 'HTTP',
    // Without the host that 1.1 demands: most servers refuse it themselves, though what is behind them hangs.
    say: Buffer.from('GET / HTTP/1.1\r\nconnection: close\r\n\r\n'),
    recognises: (answer) => text(answer).startsWith('HTTP/1.'),
  },
  redis: {
    name: 'Redis',
    say: Buffer.from('*1\r\n$4\r\nPING\r\n'),
    recognises: (answer) => /^(\+PONG|-[A-Z]+ )/.test(text(answer)),
  },
  postgres: {
    name: 'PostgreSQL',
    say: postgresTlsRequest,
    // Yes, no, or an error message, whose length follows.
    recognises: (answer) => /^([SN]$|E\0)/.test(text(answer)),
  },
  tls: {
    name: 'TLS',
    say: tlsHello,
    // A handshake or an alert, of version 3.
    recognises: (answer) => (answer[0] === 0x16 || answer[0] === 0x15) && answer[1] === 3,
  },
};

/** TLS records begin with their type and version 3. */
export const looksLikeTls = (answer: unknown): boolean =>
  Buffer.isBuffer(answer) && protocols.tls.recognises(answer);

/** The first bytes as evidence: short, and printable. */
export const shownBytes = (answer: Buffer): string =>
  answer
    .subarray(0, 16)
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '.');
