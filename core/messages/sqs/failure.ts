/** What it means when SQS refuses a call or does not answer it. */
import type { CauseCode } from '../../causes/index.ts';

interface ErrorOfSdk {
  name?: string;
  message?: string;
  /** Of the socket. */
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

/** Some answers name a code with the namespace of the older protocol. */
const plain = (code: string): string => code.replace(/^AWS\.SimpleQueueService\./, '');

/** Codes of SQS, of its keys and of AWS itself that say nothing of a message; the first that matches counts. */
const causesOfCodes: readonly [RegExp, CauseCode][] = [
  [/Throttl|TooManyRequests|SlowDown|^OverLimit/, 'RATE_LIMITED'],
  [/AccessDenied|^InvalidSecurity|OptInRequired|NotAuthorized/, 'FORBIDDEN'],
  [/CredentialsProviderError|TokenProviderError|MissingAuthenticationToken/, 'AUTHENTICATION_REQUIRED'],
  [
    /ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|Signature|RequestExpired|AuthFailure/,
    'API_KEY_REJECTED',
  ],
  [/^QueueDoesNotExist|NonExistentQueue|^QueueDeletedRecently|^InvalidAddress/, 'PATH_NOT_FOUND'],
  // The key that encrypts the queue is disabled, deleted or of another kind.
  [/^Kms|^KMS\./, 'UPSTREAM_ERROR'],
];

/** What a code says of SQS as a whole; undefined when it is about the message. */
export const causeOfCode = (code: string): CauseCode | undefined =>
  causesOfCodes.find(([pattern]) => pattern.test(plain(code)))?.[1];

/** A call is refused as a whole for what is in it. */
const ofTheMessages = ['BatchRequestTooLong', 'InvalidMessageContents', 'InvalidParameterValue'];

const causeOfSocket: Record<string, CauseCode> = {
  ENOTFOUND: 'DNS_NOT_FOUND',
  EAI_AGAIN: 'DNS_TIMEOUT',
  ECONNREFUSED: 'CONNECTION_REFUSED',
  ECONNRESET: 'CONNECTION_RESET',
  ECONNABORTED: 'CONNECTION_RESET',
  EPIPE: 'CONNECTION_RESET',
  ETIMEDOUT: 'CONNECT_TIMEOUT',
  EHOSTUNREACH: 'HOST_UNREACHABLE',
  ENETUNREACH: 'NETWORK_UNREACHABLE',
  EACCES: 'CONNECT_PROHIBITED',
  EPERM: 'CONNECT_PROHIBITED',
  EMFILE: 'CLIENT_OUT_OF_SOCKETS',
  ENFILE: 'CLIENT_OUT_OF_SOCKETS',
  EADDRNOTAVAIL: 'CLIENT_OUT_OF_SOCKETS',
  CERT_HAS_EXPIRED: 'TLS_CERTIFICATE_EXPIRED',
  CERT_NOT_YET_VALID: 'TLS_CERTIFICATE_NOT_YET_VALID',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS_HOSTNAME_MISMATCH',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS_SELF_SIGNED',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS_UNTRUSTED_CA',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TLS_UNTRUSTED_CA',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS_UNTRUSTED_CA',
  ERR_SSL_WRONG_VERSION_NUMBER: 'TLS_NOT_OFFERED',
  EPROTO: 'TLS_PROTOCOL_MISMATCH',
};

const causeOfStatus: Record<number, CauseCode> = {
  401: 'API_KEY_REJECTED',
  403: 'FORBIDDEN',
  404: 'PATH_NOT_FOUND',
  429: 'RATE_LIMITED',
  502: 'BAD_GATEWAY',
  504: 'GATEWAY_TIMEOUT',
};

/** Words of the SDK itself, which has no codes for them: not JSON, or not what was sent; no region set. */
const causesOfWords: readonly [RegExp, CauseCode][] = [
  [/^SyntaxError:|checksum/i, 'UNEXPECTED_CONTENT'],
  [/Region is missing/, 'SETTING_MISSING'],
];

const causeOfWords = (words: string): CauseCode | undefined =>
  causesOfWords.find(([pattern]) => pattern.test(words))?.[1];

const causeOfRest = (status: number): CauseCode => {
  if (status < 300) return 'UNKNOWN';
  return causeOfStatus[status] ?? (status < 400 ? 'REDIRECTED' : 'REQUEST_REJECTED');
};

/**
 * Why SQS cannot be used; undefined when it can, and refuses what it was given. Whatever is not known to be the fault of
 * a message is none: messages wait rather than die.
 */
export const sqsDownCause = (error: unknown): CauseCode | undefined => {
  const { name = '', message = '', code = '', $metadata } = (error ?? {}) as ErrorOfSdk;
  const ofCode = causeOfCode(name) ?? causeOfSocket[code];
  if (ofCode) return ofCode;
  if (name === 'TimeoutError') return /establish/.test(message) ? 'CONNECT_TIMEOUT' : 'RESPONSE_TIMEOUT';
  const status = $metadata?.httpStatusCode ?? 0;
  if (status >= 500) return causeOfStatus[status] ?? 'UPSTREAM_ERROR';
  if (ofTheMessages.includes(plain(name))) return undefined;
  return causeOfWords(`${name}: ${message}`) ?? causeOfRest(status);
};

/** Longest text that is taken from an answer. */
const longestDetail = 300;

/** What may be shown of an error. Of a rejected signature AWS repeats the request, the session token included. */
export const sqsDetail = (error: unknown): string => {
  const { name = 'Error', message = '', code = '' } = (error ?? {}) as ErrorOfSdk;
  const cause = causeOfCode(name);
  if (cause === 'API_KEY_REJECTED') return `${plain(name)}: SQS rejects the credentials`;
  // Below its first line the SDK tells programmers where to look.
  const [line = ''] = (message || code).split('\n', 1);
  return `${plain(name)}: ${line}`.slice(0, longestDetail);
};

/** The delivery that a receipt stands for has ended: its time is over, somebody else has the message, or it is gone. */
export const isLostReceipt = (code: string, message: string): boolean =>
  /^ReceiptHandleIsInvalid|^MessageNotInflight/.test(plain(code)) ||
  (plain(code) === 'InvalidParameterValue' && /receipt ?handle|not available for visibility/i.test(message));
