/** Layer 3: from an address to a connected socket. */
import { connect, type Socket } from 'node:net';
import type { CauseCode } from '../causes/index.ts';
import { atEndOf, type Budget } from './budget.ts';
import { errorFields, failed, type Outcome, succeeded } from './outcome.ts';

const causeOfCode: Record<string, CauseCode> = {
  ECONNREFUSED: 'CONNECTION_REFUSED',
  ECONNRESET: 'CONNECTION_RESET',
  ECONNABORTED: 'CONNECTION_RESET',
  ETIMEDOUT: 'CONNECT_TIMEOUT',
  EHOSTUNREACH: 'HOST_UNREACHABLE',
  EHOSTDOWN: 'HOST_UNREACHABLE',
  ENETUNREACH: 'NETWORK_UNREACHABLE',
  ENETDOWN: 'NETWORK_UNREACHABLE',
  EAFNOSUPPORT: 'NETWORK_UNREACHABLE',
  // A route of the kind blackhole, or a link-local address without its interface.
  EINVAL: 'NETWORK_UNREACHABLE',
  EACCES: 'CONNECT_PROHIBITED',
  EPERM: 'CONNECT_PROHIBITED',
  EADDRNOTAVAIL: 'CLIENT_OUT_OF_SOCKETS',
  EMFILE: 'CLIENT_OUT_OF_SOCKETS',
  ENFILE: 'CLIENT_OUT_OF_SOCKETS',
  ENOBUFS: 'CLIENT_OUT_OF_SOCKETS',
};

const sentences: Partial<Record<CauseCode, string>> = {
  CONNECTION_REFUSED: 'nothing listens there',
  CONNECTION_RESET: 'the connection was reset',
  CONNECT_TIMEOUT: 'no answer',
  HOST_UNREACHABLE: 'the host cannot be reached',
  NETWORK_UNREACHABLE: 'this machine has no route to it',
  CONNECT_PROHIBITED: 'a rule forbids the connection',
  CLIENT_OUT_OF_SOCKETS: 'this machine has no socket left for the connection',
};

/** Silence after which the kernel asks whether the peer is still there, milliseconds. */
const keepAliveMs = 10_000;

/** Connects to one address; no second address is tried behind its back. */
export const dial = (
  address: string,
  port: number,
  budget: Budget,
  localPort?: number,
): Promise<Outcome<Socket>> =>
  new Promise((resolve) => {
    const limitMs = Math.round(budget.remaining());
    const socket = connect({
      host: address,
      port,
      autoSelectFamily: false,
      noDelay: true,
      // A peer that vanished while nothing was sent is found after this and ten probes, about 20 s.
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
      ...(localPort === undefined ? {} : { localPort }),
    });
    const fail = (cause: CauseCode, sentence: string, code?: string) => {
      cancel();
      socket.destroy();
      const evidence = {
        address,
        port,
        ...(code ? { code } : {}),
        ...(cause === 'CONNECT_TIMEOUT' ? { limitMs } : {}),
      };
      const layer = cause === 'UNKNOWN' ? 'tcp' : undefined;
      resolve(failed(cause, `${address} port ${port}: ${sentence}`, evidence, layer));
    };
    const cancel = atEndOf(budget, () => fail('CONNECT_TIMEOUT', `no answer within ${limitMs} ms`));
    socket.once('error', (error) => {
      const { code = 'UNKNOWN', message = '' } = errorFields(error);
      const cause = causeOfCode[code] ?? 'UNKNOWN';
      fail(cause, sentences[cause] ?? message, code);
    });
    socket.once('connect', () => {
      cancel();
      socket.removeAllListeners('error');
      // A reset between two layers must not be an unhandled error; the next layer sees the closed socket.
      socket.on('error', () => undefined);
      resolve(succeeded(socket));
    });
  });
