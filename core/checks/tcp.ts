/** Layer 3: from an address to a connected socket. */
import { connect, type Socket } from 'node:net';
import type { CauseCode } from '../causes/index.ts';
import type { Budget } from './budget.ts';
import { errorFields, failed, type Outcome, succeeded } from './outcome.ts';

const causeOfCode: Record<string, CauseCode> = {
  ECONNREFUSED: 'CONNECTION_REFUSED',
  ECONNRESET: 'CONNECTION_RESET',
  ECONNABORTED: 'CONNECTION_RESET',
  ETIMEDOUT: 'CONNECT_TIMEOUT',
  ENETUNREACH: 'HOST_UNREACHABLE',
  EHOSTUNREACH: 'HOST_UNREACHABLE',
  EADDRNOTAVAIL: 'HOST_UNREACHABLE',
  EACCES: 'HOST_UNREACHABLE',
  EPERM: 'HOST_UNREACHABLE',
};

const sentences: Partial<Record<CauseCode, string>> = {
  CONNECTION_REFUSED: 'nothing listens there',
  CONNECTION_RESET: 'the connection was reset',
  HOST_UNREACHABLE: 'there is no way to the host',
};

/** Silence after which the kernel asks whether the peer is still there, milliseconds. */
const keepAliveMs = 10_000;

/** Connects to one address; no second address is tried behind its back. */
export const dial = (address: string, port: number, budget: Budget): Promise<Outcome<Socket>> =>
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
    });
    const fail = (cause: CauseCode, sentence: string, code?: string) => {
      clearTimeout(timer);
      socket.destroy();
      const evidence = {
        address,
        port,
        ...(code ? { code } : {}),
        ...(cause === 'CONNECT_TIMEOUT' ? { limitMs } : {}),
      };
      resolve(
        failed(
          cause,
          `${address} port ${port}: ${sentence}`,
          evidence,
          cause === 'UNKNOWN' ? 'tcp' : undefined,
        ),
      );
    };
    const timer = setTimeout(
      () => fail('CONNECT_TIMEOUT', `no answer within ${limitMs} ms`),
      budget.remaining(),
    );
    socket.once('error', (error) => {
      const { code = 'UNKNOWN', message = '' } = errorFields(error);
      const cause = causeOfCode[code] ?? 'UNKNOWN';
      fail(cause, sentences[cause] ?? (cause === 'CONNECT_TIMEOUT' ? 'no answer' : message), code);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      // A reset between two layers must not be an unhandled error; the next layer sees the closed socket.
      socket.on('error', () => undefined);
      resolve(succeeded(socket));
    });
  });
