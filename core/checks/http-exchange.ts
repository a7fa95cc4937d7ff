/** One request and its answer over a ladder's own socket, bounded in time and size. */
import { type IncomingMessage, request } from 'node:http';
import type { HttpTarget } from '../settings/index.ts';
import { type Budget, within } from './budget.ts';
import { type Climb, connectLayers, timed } from './ladder.ts';
import { errorFields, type Failure, failed, type Outcome, succeeded } from './outcome.ts';

export interface HttpRequest {
  method: 'GET' | 'POST';
  /** Path below the prefix of the target. */
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface HttpAnswer {
  status: number;
  contentType: string;
  server: string;
  location?: string;
  retryAfter?: string;
  /** The first part of the body; enough to tell what answered. */
  text: string;
  /** The parsed body, when it is JSON and complete. */
  json?: unknown;
}

const longestBody = 65_536;

const readBody = async (response: IncomingMessage): Promise<{ text: string; complete: boolean }> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > longestBody)
      return { text: Buffer.concat(chunks).toString('utf8', 0, longestBody), complete: false };
  }
  return { text: Buffer.concat(chunks).toString('utf8'), complete: true };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const answerOf = async (response: IncomingMessage): Promise<HttpAnswer> => {
  const { text, complete } = await readBody(response);
  const { headers } = response;
  const json = complete ? parseJson(text) : undefined;
  return {
    status: response.statusCode ?? 0,
    contentType: headers['content-type'] ?? '',
    server: String(headers.server ?? ''),
    text,
    ...(headers.location ? { location: headers.location } : {}),
    ...(headers['retry-after'] ? { retryAfter: headers['retry-after'] } : {}),
    ...(json === undefined ? {} : { json }),
  };
};

/** TLS records begin with their type (alert 21, handshake 22) and version 3. */
const looksLikeTls = (packet: unknown): boolean =>
  Buffer.isBuffer(packet) && (packet[0] === 21 || packet[0] === 22) && packet[1] === 3;

const exchangeFailure = (error: unknown): Failure => {
  const { code = '', message = '' } = errorFields(error);
  const { rawPacket } = error as { rawPacket?: unknown };
  if (code.startsWith('HPE_'))
    return looksLikeTls(rawPacket)
      ? { cause: 'TLS_REQUIRED', detail: 'the server answered plain HTTP with TLS; write https://' }
      : { cause: 'NOT_THE_EXPECTED_SERVER', detail: 'what answers does not speak HTTP', evidence: { code } };
  if (code === 'ECONNRESET' || code === 'EPIPE' || /socket hang up|aborted/.test(message))
    return {
      cause: 'CONNECTION_RESET',
      detail: 'the server closed the connection without a whole answer',
      evidence: { code },
    };
  return { cause: 'UNKNOWN', detail: message, evidence: { code }, layer: 'protocol' };
};

/** Connects and asks once. Redirects are not followed: they are an answer. */
export const exchange = async (
  target: HttpTarget,
  wanted: HttpRequest,
  climb: Climb,
  budget: Budget,
  dnsTimeoutMs: number,
): Promise<Outcome<HttpAnswer>> => {
  const { host, port } = target;
  const socket = await connectLayers(
    { host, port, dnsTimeoutMs, ...(target.tls ? { tls: { host } } : {}) },
    climb,
    budget,
  );
  if (!socket.ok) return socket;
  const body = wanted.body === undefined ? undefined : JSON.stringify(wanted.body);
  const asked = new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request({
      createConnection: () => socket.value,
      method: wanted.method,
      path: `${target.prefix}${wanted.path}`,
      headers: {
        host: target.url.host,
        accept: 'application/json',
        'user-agent': 'breakwater-probe',
        connection: 'close',
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
        ...wanted.headers,
      },
    });
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    outgoing.end(body);
  });
  try {
    const limitMs = Math.round(budget.remaining());
    const answer = await timed(climb, 'queryMs', () => within(budget, asked.then(answerOf)));
    return answer
      ? succeeded(answer)
      : failed('RESPONSE_TIMEOUT', `the request was not answered within ${limitMs} ms`, {
          path: wanted.path,
          limitMs,
        });
  } catch (error) {
    return { ok: false, failure: exchangeFailure(error) };
  } finally {
    socket.value.destroy();
  }
};
