import { type IncomingMessage, request as requestPlain, type ServerResponse } from 'node:http';
import { request as requestTls } from 'node:https';
import { pipeline, type Transform } from 'node:stream';
import { type Header, passedOn } from '../load-balancer/index.ts';
import { ownAnswer } from './own-answer.ts';

export interface RelayOptions {
  /** Where the server behind is. Paths are passed on as they come. */
  target: URL;
  /** Waited for before the answer is passed on. */
  held: () => Promise<void>;
  /** A new piece of the way for the bytes in one direction. */
  valve: () => Transform;
}

/** A server may refuse the name of any other host than its own, so it is told that one. */
const headersFor = (request: IncomingMessage, target: URL): Header[] => [
  ['Host', target.host],
  ...passedOn(request).filter(([name]) => name.toLowerCase() !== 'host'),
  // A body without a length: Node frames it again.
  ...(request.headers['transfer-encoding'] === undefined
    ? []
    : ([['Transfer-Encoding', 'chunked']] as Header[])),
];

/** The reason stands in the title, which reports show. */
const answerUnreachable = (response: ServerResponse, target: URL, error: Error): void => {
  const reason = `${(error as NodeJS.ErrnoException).code ?? error.message} at ${target.host}`;
  ownAnswer(response, {
    status: 502,
    server: 'breakwater-twin',
    contentType: 'text/html',
    body: `<html><head><title>502 ${reason}</title></head><body><h1>502 Bad Gateway</h1><p>${reason}</p></body></html>\n`,
  });
};

/**
 * Sends a request to the server behind and its answer back, both as streams. Heads go at once: one whose body
 * takes its time is a request, or an answer, already.
 */
export const relay = (
  request: IncomingMessage,
  response: ServerResponse,
  { target, held, valve }: RelayOptions,
): void => {
  const send = target.protocol === 'https:' ? requestTls : requestPlain;
  const upstream = send({
    protocol: target.protocol,
    hostname: target.hostname.replace(/^\[|\]$/g, ''),
    port: target.port,
    path: request.url,
    ...(request.method !== undefined && { method: request.method }),
    headers: headersFor(request, target).flat(),
    setHost: false,
    // One connection for each request: none that was kept may turn out to be closed.
    agent: false,
  });
  upstream.once('response', async (answer) => {
    await held();
    if (response.destroyed) return void answer.destroy();
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, passedOn(answer).flat());
    response.flushHeaders();
    // When either side breaks off in the middle, so does the other.
    pipeline(answer, valve(), response, () => undefined);
  });
  upstream.on('error', (error) => {
    // What the client still sends is read to its end, so that it gets to the answer.
    request.unpipe();
    request.resume();
    if (!response.headersSent && !response.destroyed) answerUnreachable(response, target, error);
  });
  response.once('close', () => {
    if (!response.writableFinished) upstream.destroy();
  });
  request.on('error', () => undefined);
  upstream.flushHeaders();
  // Not `pipeline`, which leaves the rest of the request unread when the server behind is gone.
  request.pipe(valve()).pipe(upstream);
};
