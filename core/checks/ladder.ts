/** The layers that every dependency shares: name, connection, encryption. Each with its own deadline. */
import { isIP, type Socket } from 'node:net';
import type { Budget } from './budget.ts';
import { monotonicNow } from './budget.ts';
import { resolveHost } from './dns.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';
import type { Evidence, Phases } from './report.ts';
import { dial } from './tcp.ts';
import { encrypt, type TlsOptions } from './tls.ts';

/** What a climb has found so far, kept when a later layer fails. */
export interface Climb {
  phases: Phases;
  evidence: Evidence;
  /** What was asked besides, once it had failed, and what came of it: one phrase each. */
  toldApart: string[];
  certificateDaysLeft?: number;
}

export interface LadderOptions {
  host: string;
  port: number;
  dnsTimeoutMs: number;
  /** Absent where the connection is not encrypted. */
  tls?: TlsOptions;
  /** What the protocol says before TLS begins, such as PostgreSQL's request for it. */
  beforeTls?: (socket: Socket, budget: Budget) => Promise<Outcome<Socket>>;
}

export const startClimb = (): Climb => ({ phases: {}, evidence: {}, toldApart: [] });

/** Runs one phase and notes how long it took, to a tenth of a millisecond. */
export const timed = async <T>(climb: Climb, phase: keyof Phases, work: () => Promise<T>): Promise<T> => {
  const begin = monotonicNow();
  try {
    return await work();
  } finally {
    climb.phases[phase] = Math.round((monotonicNow() - begin) * 10) / 10;
  }
};

/** Climbs to a connected, and where asked encrypted and verified, socket within one budget. */
export const connectLayers = async (
  options: LadderOptions,
  climb: Climb,
  budget: Budget,
): Promise<Outcome<Socket>> => {
  const { host, port, tls } = options;
  const resolution = await timed(climb, 'dnsMs', () => resolveHost(host, budget, options.dnsTimeoutMs));
  if (!resolution.ok) return resolution;
  const { address, addresses } = resolution.value;
  climb.evidence.address = address;
  if (addresses.length > 1) climb.evidence.addresses = addresses;
  if (!addresses.some((one) => isIP(one) === 4) && isIP(host) === 0) climb.evidence.onlyIpv6 = true;

  const dialled = await timed(climb, 'tcpMs', () => dial(address, port, budget));
  if (!dialled.ok || !tls) return dialled;

  return timed(climb, 'tlsMs', async () => {
    const ready = options.beforeTls ? await options.beforeTls(dialled.value, budget) : dialled;
    if (!ready.ok) {
      dialled.value.destroy();
      return ready;
    }
    if (budget.remaining() === 0) {
      ready.value.destroy();
      return failed('TLS_TIMEOUT', 'no time was left for the TLS handshake');
    }
    const encrypted = await encrypt(ready.value, tls, budget);
    if (!encrypted.ok) return encrypted;
    climb.certificateDaysLeft = encrypted.value.certificateDaysLeft;
    climb.evidence.certificate = encrypted.value.certificate;
    return succeeded(encrypted.value.socket);
  });
};
