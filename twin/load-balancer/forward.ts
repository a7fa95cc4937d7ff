import { type Agent, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { pipeline } from 'node:stream';
import type { Address } from '../template/index.ts';
import { answerError, type OwnStatus } from './own-answers.ts';
import { type Header, passedOn } from './passed-on.ts';

/**
 * Who answered a request, and with what; of a target also after how many milliseconds its answer began. Nobody did
 * when the client left first.
 */
export type Outcome =
  | { by: 'target'; status: number; afterMs: number }
  | { by: 'load balancer'; status: OwnStatus }
  | { by: 'nobody' };

/** What the target learns of the client: its address is appended, protocol and port are the listener's. */
const forwardedHeaders = (request: IncomingMessage): Header[] => {
  const own = new Set(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-port']);
  const before = request.headers['x-forwarded-for'];
  const client = request.socket.remoteAddress ?? '';
  return [
    ...passedOn(request).filter(([name]) => !own.has(name.toLowerCase())),
    ['X-Forwarded-For', before === undefined ? client : `${before}, ${client}`],
    ['X-Forwarded-Proto', 'http'],
    ['X-Forwarded-Port', `${request.socket.localPort}`],
    // A body without a length: Node frames it again.
    ...(request.headers['transfer-encoding'] === undefined
      ? []
      : ([['Transfer-Encoding', 'chunked']] as Header[])),
  ];
};

/** Sends a request to the target and its answer back, both as streams. Resolves when it is known who answers. */
export const forward = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { target: { host, port }, agent, idleTimeoutMs }: { target: Address; agent: Agent; idleTimeoutMs: number },
): Promise<Outcome> =>
  new Promise((resolve) => {
    const upstream = send({
      ...{ host, port, path, agent, setHost: false },
      ...(request.method !== undefined && { method: request.method }),
      headers: forwardedHeaders(request).flat(),
    });
    const began = performance.now();
    let silent = false;
    upstream.setTimeout(idleTimeoutMs, () => {
      silent = true;
      upstream.destroy();
    });
    upstream.once('response', (answer) => {
      const { statusCode: status = 502 } = answer;
      response.writeHead(status, answer.statusMessage, passedOn(answer).flat());
      resolve({ by: 'target', status, afterMs: performance.now() - began });
      // When either side breaks off in the middle, so does the other.
      pipeline(answer, response, () => undefined);
    });
    upstream.on('error', () => {
      // What the client still sends is read to its end, so that it gets to the answer.
      request.unpipe(upstream);
      request.resume();
      if (response.headersSent) return;
      if (response.destroyed) return resolve({ by: 'nobody' });
      const status = silent ? 504 : 502;
      answerError(response, status);
      resolve({ by: 'load balancer', status });
    });
    response.once('close', () => {
      if (!response.writableFinished) upstream.destroy();
    });
    request.on('error', () => undefined);
    // Not `pipeline`, which leaves the rest of the request unread when the target is gone.
    request.pipe(upstream);
  });
