/** What it means when a call to an upstream ends without a whole answer. */
import type { CauseCode } from '../../core/causes/index.ts';
import { exchangeFailure, type Failure, lateFailure } from '../../core/checks/index.ts';

/** `connect`: nothing was sent. `request`: no answer yet. `answer`: the answer had begun. */
export type UpstreamPhase = 'connect' | 'request' | 'answer';

/** The upstream could not be used. Its detail may show addresses: it is for the log. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly upstream: string;
  readonly phase: UpstreamPhase;
  readonly failure: Failure;
  override readonly cause: CauseCode;

  constructor(upstream: string, phase: UpstreamPhase, failure: Failure) {
    super(failure.detail);
    this.upstream = upstream;
    this.phase = phase;
    this.failure = failure;
    this.cause = failure.cause;
  }

  /** Time ran out, in whatever layer. */
  get late(): boolean {
    return /_TIMEOUT$|^RESPONSE_STALLED$/.test(this.cause);
  }
}

/** The caller went away or its request was not whole: nothing is known of the upstream. */
export class CallerGone extends Error {
  override readonly name = 'CallerGone';
}

/** The process has as many requests to this upstream under way as it may have. */
export class UpstreamBusy extends Error {
  override readonly name = 'UpstreamBusy';
  readonly upstream: string;
  override readonly cause: CauseCode = 'POOL_EXHAUSTED';

  constructor(upstream: string, limit: number) {
    super(`${limit} requests to ${upstream} are under way, as many as may be`);
    this.upstream = upstream;
  }
}

interface Limits {
  responseMs: number;
}

/** The last is that of a signal whose time has come: DOMException.TIMEOUT_ERR. */
const timeouts: readonly unknown[] = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 23];

interface ErrorOfUndici {
  code?: unknown;
  name?: string;
}

/** undici's own names; everything else is an error of the socket. */
const ofUndici = (
  { code, name }: ErrorOfUndici,
  path: string,
  limits: Limits,
  begun: boolean,
): Failure | undefined => {
  const progress = { headers: begun, bodyBytes: 0 };
  if (timeouts.includes(code)) return lateFailure(path, limits.responseMs, progress);
  if (code === 'UND_ERR_SOCKET' || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH')
    return exchangeFailure({ code: 'ECONNRESET' }, path, progress);
  if (name === 'HTTPParserError') return exchangeFailure({ code: 'HPE_INVALID' }, path, progress);
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return exchangeFailure({ code: 'HPE_HEADER_OVERFLOW' }, path, progress);
  return undefined;
};

/** @param begun whether the headers of the answer had come */
export const upstreamFailure = (
  upstream: string,
  error: unknown,
  path: string,
  limits: Limits,
  begun: boolean,
): UpstreamError => {
  if (error instanceof UpstreamError) return error;
  const failure =
    ofUndici(error as ErrorOfUndici, path, limits, begun) ??
    exchangeFailure(error, path, { headers: begun, bodyBytes: 0 });
  return new UpstreamError(upstream, begun ? 'answer' : 'request', failure);
};

/** Load balancers of AWS sign their own answers with this. */
const balancerSigns = (server: unknown): boolean => String(server ?? '').startsWith('awselb');

/**
 * What the status of an answer says of the way to the upstream; undefined when the upstream has answered for
 * itself. Its own 500 is its own matter.
 */
export const gatewayCause = (status: number, server: unknown): CauseCode | undefined => {
  if (status === 502) return 'BAD_GATEWAY';
  if (status === 503) return balancerSigns(server) ? 'NO_HEALTHY_TARGET' : 'UPSTREAM_ERROR';
  return status === 504 ? 'GATEWAY_TIMEOUT' : undefined;
};
