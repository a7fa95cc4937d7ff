import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IssuedCertificate } from '../certificates.ts';
import { answerError } from '../load-balancer/index.ts';
import { type DoorFault, flakyEvery, lateMs, tardyMs } from './faults.ts';
import { createGate, createValve } from './gate.ts';
import { type OwnAnswer, ownAnswer } from './own-answer.ts';
import { relay } from './relay.ts';

/** The one way to a server, for all of its clients; what is wrong with the server is wrong here. */
export interface Door {
  /** As the server's own address, path included, without a slash at the end. */
  url: string;
  /** Resolves to what undoes it. Several may be there at the same time; one that stopped it is over for all that did. */
  inject(fault: DoorFault): Promise<() => Promise<void>>;
  /** Shows another certificate from now on; connections that are open end. Only where it has one. */
  present(certificate: IssuedCertificate): void;
  close(): Promise<void>;
}

export interface DoorOptions {
  /** The server behind. */
  target: URL;
  /** How it answers what it forbids. */
  forbidden: OwnAnswer;
  /** With one it speaks TLS, whatever the server behind speaks. */
  certificate?: IssuedCertificate | undefined;
  /** Milliseconds by which a slow one is late. */
  lateMs?: number;
}

const contextOf = ({ certificatePem: cert, keyPem: key }: IssuedCertificate) => ({ cert, key });

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

// Nothing is judged, limited or answered by itself: one that hangs does not either.
const limits = { requireHostHeader: false, requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 };

const createListener = (certificate: IssuedCertificate | undefined, serve: Serve) => {
  if (!certificate) {
    const present = () => {
      throw new Error('This door speaks plain HTTP and has no certificate.');
    };
    return { server: createServer(limits, serve), scheme: 'http', present };
  }
  const server = createTlsServer({ ...limits, ...contextOf(certificate) }, serve);
  const present = (other: IssuedCertificate) => server.setSecureContext(contextOf(other));
  return { server, scheme: 'https', present };
};

/** How long the port may be taken by somebody else when it is listened on again, milliseconds. */
const patience = 10_000;

const malformed = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';

/** Listens on 127.0.0.1, under the name `localhost`. */
export const startDoor = async (options: DoorOptions): Promise<Door> => {
  const { target, forbidden, certificate, lateMs: late = lateMs } = options;
  const gate = createGate();
  const refusals: ((response: ServerResponse) => void)[] = [];
  let flaky: { count: number } | undefined;
  const delays: { ms: number; over: AbortController }[] = [];

  /** What an answer waits for before it leaves. */
  const held = async (): Promise<void> => {
    for (const { ms, over } of [...delays])
      await sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
    await gate.opened();
  };

  /** Of a flaky one, what this request gets when it is its turn, whoever sends it. */
  const fail = (): ((response: ServerResponse) => void) | undefined => {
    if (!flaky) return undefined;
    flaky.count += 1;
    return flaky.count % flakyEvery === 0 ? (response) => answerError(response, 502) : undefined;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await gate.opened();
    // Its client has left in the meantime.
    if (response.destroyed) return;
    const refuse = refusals.at(-1) ?? fail();
    if (!refuse) return relay(request, response, { target, held, valve: () => createValve(gate) });
    request.resume();
    await held();
    if (!response.destroyed) refuse(response);
  };

  const { server, scheme, present } = createListener(certificate, (request, response) => {
    void serve(request, response);
  });
  server.on('checkContinue', async (request, response) => {
    await gate.opened();
    if (!response.destroyed) response.writeContinue();
    await serve(request, response);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('clientError', async (error: NodeJS.ErrnoException, socket) => {
    // Nobody waits for an answer any more, or can read one: TLS was not agreed on.
    if (socket.readableEnded || error.code?.startsWith('ERR_SSL')) return void socket.destroy();
    socket.once('end', () => socket.destroy()).resume();
    await held();
    if (socket.writable) socket.end(malformed);
    else socket.destroy();
  });

  const listen = async (port: number): Promise<void> => {
    for (const until = performance.now() + patience; ; await sleep(50)) {
      server.listen(port, '127.0.0.1');
      try {
        return void (await once(server, 'listening'));
      } catch (error) {
        const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
        if (!taken || performance.now() > until) throw error;
      }
    }
  };
  const endConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const shut = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    // Those that did not speak HTTP as well, which the server itself forgets.
    endConnections();
    await once(server, 'close');
  };
  const refuseWith = (refuse: (response: ServerResponse) => void) => async () => {
    refusals.push(refuse);
    return async () => void refusals.splice(refusals.indexOf(refuse), 1);
  };

  const delayedBy = (ms: number) => async () => {
    const delay = { ms, over: new AbortController() };
    delays.push(delay);
    return async () => {
      delays.splice(delays.indexOf(delay), 1);
      delay.over.abort();
    };
  };

  const injections: Record<DoorFault, () => Promise<() => Promise<void>>> = {
    stop: async () => {
      await shut();
      return async () => {
        if (!server.listening) await listen(port);
      };
    },
    hang: async () => {
      gate.close();
      return async () => gate.open();
    },
    '403': refuseWith((response) => ownAnswer(response, forbidden)),
    '502': refuseWith((response) => answerError(response, 502)),
    slow: delayedBy(late),
    late: delayedBy(tardyMs),
    flaky: async () => {
      flaky = { count: 0 };
      return async () => {
        flaky = undefined;
      };
    },
  };

  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://localhost:${port}${target.pathname.replace(/\/+$/, '')}`,
    inject: (fault) => injections[fault](),
    present: (other) => {
      present(other);
      endConnections();
    },
    close: async () => {
      await shut();
      // Whoever still waits finds that its client is gone.
      gate.open();
      for (const { over } of delays) over.abort();
    },
  };
};
