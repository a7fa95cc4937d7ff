/** What it means when a request ends without a whole answer. */
import type { CauseCode } from '../causes/index.ts';
import { errorFields, type Failure } from './outcome.ts';
import { looksLikeTls, shownBytes } from './protocols.ts';
import { tlsFailure } from './tls.ts';

/** How far an answer came. */
export interface Progress {
  headers: boolean;
  bodyBytes: number;
}

/** Time ran out. */
export const lateFailure = (path: string, limitMs: number, { headers, bodyBytes }: Progress): Failure =>
  headers
    ? {
        cause: 'RESPONSE_STALLED',
        detail: `the answer began and did not end within ${limitMs} ms`,
        evidence: { path, limitMs, bodyBytes },
      }
    : {
        cause: 'RESPONSE_TIMEOUT',
        detail: `the request was not answered within ${limitMs} ms`,
        evidence: { path, limitMs },
      };

const parserFailure = (error: unknown, code: string): Failure => {
  const { rawPacket } = error as { rawPacket?: unknown };
  if (looksLikeTls(rawPacket))
    return { cause: 'TLS_REQUIRED', detail: 'the server answered plain HTTP with TLS; write https://' };
  if (code === 'HPE_HEADER_OVERFLOW')
    return {
      cause: 'UNEXPECTED_CONTENT',
      detail: 'the headers of the answer are larger than 16 kB',
      evidence: { code },
    };
  const received = Buffer.isBuffer(rawPacket) ? { received: shownBytes(rawPacket) } : {};
  return {
    cause: 'NOT_THE_EXPECTED_SERVER',
    detail: 'what answers does not speak HTTP',
    evidence: { code, ...received },
  };
};

const closed = (path: string, { headers, bodyBytes }: Progress): Failure => {
  const [cause, detail]: [CauseCode, string] = headers
    ? ['RESPONSE_TRUNCATED', 'the server closed the connection in the middle of the answer']
    : ['CONNECTION_RESET', 'the server closed the connection without an answer'];
  return { cause, detail, evidence: { path, ...(headers ? { bodyBytes } : {}) } };
};

/** The connection or the parser failed. Never shows the request, which carries the token. */
export const exchangeFailure = (error: unknown, path: string, progress: Progress): Failure => {
  const { code = '', message = '' } = errorFields(error);
  if (code.startsWith('HPE_')) return parserFailure(error, code);
  if (code.startsWith('ERR_SSL_')) {
    const failure = tlsFailure(error);
    if (failure) return failure;
  }
  if (code === 'ERR_INVALID_CHAR')
    return {
      cause: 'SETTING_INVALID',
      detail: 'the token or key holds a character that no header may carry, such as a line break at its end',
    };
  if (/^(ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT)$/.test(code) || /socket hang up|aborted/.test(message))
    return closed(path, progress);
  return { cause: 'UNKNOWN', detail: message, evidence: { code }, layer: 'protocol' };
};
