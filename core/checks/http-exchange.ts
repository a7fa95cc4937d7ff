/** One request and its answer over a ladder's own socket, bounded in time and size. */
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpTarget } from '../settings/index.ts';
import { attemptBudget, type Budget, within } from './budget.ts';
import { explain } from './explain.ts';
import { exchangeFailure, lateFailure, type Progress } from './http-failure.ts';
import { wordsOf } from './http-words.ts';
import { type Climb, connectLayers, timed } from './ladder.ts';
import { type Outcome, succeeded } from './outcome.ts';
import { refusedAfterHandshake } from './tls.ts';

export interface HttpRequest {
  method: 'GET' | 'POST';
  /** Path below the prefix of the target. */
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface HttpAnswer {
  /** Path that was asked for, with the prefix of the target. */
  path: string;
  status: number;
  contentType: string;
  server: string;
  location?: string;
  retryAfter?: string;
  /** The first part of the body; enough to tell what answered. */
  text: string;
  /** The parsed body, when it is JSON and complete. */
  json?: unknown;
  /** What an error says in words. */
  words?: string;
}

const longestBody = 65_536;

const readBody = async (
  response: IncomingMessage,
  progress: Progress,
): Promise<{ text: string; complete: boolean }> => {
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    progress.bodyBytes += (chunk as Buffer).length;
    if (progress.bodyBytes > longestBody)
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

const answerOf = async (
  response: IncomingMessage,
  path: string,
  wanted: HttpRequest,
  progress: Progress,
): Promise<HttpAnswer> => {
  progress.headers = true;
  const { text, complete } = await readBody(response, progress);
  const { headers } = response;
  const json = complete ? parseJson(text) : undefined;
  const status = response.statusCode ?? 0;
  const words = status >= 400 ? wordsOf(json, wanted.headers?.authorization) : undefined;
  return {
    path,
    status,
    contentType: headers['content-type'] ?? '',
    server: String(headers.server ?? ''),
    text,
    ...(headers.location ? { location: headers.location } : {}),
    ...(headers['retry-after'] ? { retryAfter: headers['retry-after'] } : {}),
    ...(json === undefined ? {} : { json }),
    ...(words === undefined ? {} : { words }),
  };
};

/** Sends the request over a socket that is there; resolves with the head of the answer. */
const send = (
  socket: Socket,
  host: string,
  path: string,
  { method, headers, body: content }: HttpRequest,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const body = content === undefined ? undefined : JSON.stringify(content);
    const outgoing = request({
      createConnection: () => socket,
      method,
      path,
      headers: {
        host,
        accept: 'application/json',
        'user-agent': 'breakwater-probe',
        connection: 'close',
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
        ...headers,
      },
    });
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    outgoing.end(body);
  });

/** Connects and asks once. Redirects are not followed: they are an answer. */
export const exchange = async (
  target: HttpTarget,
  wanted: HttpRequest,
  climb: Climb,
  budget: Budget,
  dnsTimeoutMs: number,
): Promise<Outcome<HttpAnswer>> => {
  const { host, port } = target;
  const path = `${target.prefix}${wanted.path}`;
  const socket = await connectLayers(
    { host, port, dnsTimeoutMs, ...(target.tls ? { tls: { host } } : {}) },
    climb,
    budget,
  );
  if (!socket.ok) return socket;
  const progress: Progress = { headers: false, bodyBytes: 0 };
  try {
    const limitMs = Math.round(budget.remaining());
    const answer = await timed(climb, 'queryMs', () =>
      within(
        budget,
        send(socket.value, target.url.host, path, wanted).then((response) =>
          answerOf(response, path, wanted, progress),
        ),
      ),
    );
    return answer ? succeeded(answer) : { ok: false, failure: lateFailure(path, limitMs, progress) };
  } catch (error) {
    const failure = refusedAfterHandshake(socket.value) ?? exchangeFailure(error, path, progress);
    return { ok: false, failure };
  } finally {
    socket.value.destroy();
  }
};

/** The same for a check: within its part of the whole, and with what a second look finds out. */
export const exchangeAndExplain = async (
  target: HttpTarget,
  wanted: HttpRequest,
  climb: Climb,
  whole: Budget,
  dnsTimeoutMs: number,
): Promise<Outcome<HttpAnswer>> => {
  const { host, port, tls, timeoutMs } = target;
  const answered = await exchange(target, wanted, climb, attemptBudget(whole, timeoutMs), dnsTimeoutMs);
  if (answered.ok) return answered;
  const attempted = { host, port, expected: 'http', tls } as const;
  return { ok: false, failure: await explain(answered.failure, attempted, climb, whole) };
};
