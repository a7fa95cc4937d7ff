/** The one question that is asked of the auth service: whose key is this? */
import type { CauseCode } from '../../core/causes/index.ts';
import { CircuitOpenError } from '../../core/resilience/index.ts';
import type { AuthTarget, Secret } from '../../core/settings/index.ts';
import {
  readAnswer,
  type Upstream,
  type UpstreamAnswer,
  UpstreamBusy,
  UpstreamError,
} from '../upstream/index.ts';
import { type Identity, identityFrom } from './identity.ts';

export type Verdict =
  | { kind: 'valid'; identity: Identity }
  | { kind: 'rejected' }
  /** It answered 200, and not with what an identity looks like. */
  | { kind: 'malformed' }
  /** Seconds, as it said. */
  | { kind: 'limited'; retryAfter: string }
  | {
      kind: 'unavailable';
      how: 'timeout' | 'unavailable' | 'error';
      cause: CauseCode | string;
      waitMs: number;
      /** Nothing was sent: it says nothing of the auth service as it is now. */
      unasked?: true;
    };

export type AskAuthService = (key: Secret, clientIp: string | undefined) => Promise<Verdict>;

/** Bytes of an answer; identities are a few hundred. */
const longestAnswer = 65_536;

/** What a client is told to wait when nothing better is known. */
const shortWaitMs = 1_000;
const limitedSeconds = '60';

const unavailable = (
  how: 'timeout' | 'unavailable' | 'error',
  cause: CauseCode | string,
  waitMs = shortWaitMs,
): Extract<Verdict, { kind: 'unavailable' }> => ({ kind: 'unavailable', how, cause, waitMs });

const parsed = (text: string | undefined): unknown => {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
};

/** A page in place of an answer comes from something that stands before the auth service: nobody has judged the key. */
const isPage = (answer: UpstreamAnswer, text: string | undefined): boolean =>
  String(answer.headers['content-type'] ?? '').startsWith('text/html') || /^\s*</.test(text ?? '');

const judged = async (answer: UpstreamAnswer): Promise<Verdict> => {
  const { status, headers } = answer;
  if (status === 200) {
    const text = (await readAnswer(answer, longestAnswer))?.toString('utf8');
    const identity = identityFrom(parsed(text));
    if (identity) return { kind: 'valid', identity };
    return isPage(answer, text) ? unavailable('error', 'UNEXPECTED_CONTENT') : { kind: 'malformed' };
  }
  await answer.discard();
  if (status === 401) return { kind: 'rejected' };
  if (status === 429) {
    const wait = String(headers['retry-after'] ?? '');
    return { kind: 'limited', retryAfter: /^\d{1,6}$/.test(wait) ? wait : limitedSeconds };
  }
  return unavailable('error', status >= 500 ? 'UPSTREAM_ERROR' : 'REQUEST_REJECTED');
};

const failed = (error: unknown): Verdict => {
  if (error instanceof CircuitOpenError)
    return { ...unavailable('unavailable', error.cause, error.retryAfterMs), unasked: true };
  if (error instanceof UpstreamBusy) return { ...unavailable('unavailable', error.cause), unasked: true };
  if (error instanceof UpstreamError) return unavailable(error.late ? 'timeout' : 'unavailable', error.cause);
  throw error;
};

/** Asks the auth service within the time of its setting. Never rejects for what the service does. */
export const askAuthService =
  (upstream: Upstream, { serviceId, timeoutMs }: AuthTarget): AskAuthService =>
  async (key, clientIp) => {
    try {
      const answer = await upstream.send({
        method: 'POST',
        path: '/api/v1/keys/validate',
        headers: {
          authorization: `Bearer ${key.reveal()}`,
          'content-type': 'application/json',
          accept: 'application/json',
        },
        body: JSON.stringify({ service_id: serviceId, ...(clientIp ? { client_ip: clientIp } : {}) }),
        repeatable: true,
        deadlineMs: timeoutMs,
      });
      return await judged(answer);
    } catch (error) {
      return failed(error);
    }
  };
