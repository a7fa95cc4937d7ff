/** One pass of the relay: claims messages, sends them, and notes what became of each. */
import type { Leased } from '../message.ts';
import { claim } from '../outbox/claim.ts';
import { acknowledge, deadLetter, reject, release } from '../outbox/lease.ts';
import type { SqlDatabase } from '../sql.ts';
import type { SendResult, Transport } from '../transport.ts';

export interface PassOptions {
  database: SqlDatabase;
  transport: Transport;
  /** Most messages of one pass, and how long they are claimed; milliseconds. */
  batch: number;
  leaseMs: number;
  /** Further attempts after the first, and the delay before the first of them, which doubles; milliseconds. */
  retries: number;
  retryDelayMs: number;
  random?: () => number;
}

export interface PassReport {
  claimed: number;
  sent: number;
  failed: number;
  dead: number;
  /** Somebody else had them by then, or another server has taken the place of theirs: they come twice. */
  lost: number;
}

/** Longest pause between two attempts, milliseconds. */
const longestDelayMs = 60_000;

/** Half of it is certain, so that a message is not tried again at once. */
export const delayAfter = (attempts: number, baseMs: number, random: () => number = Math.random): number =>
  Math.min(baseMs * 2 ** (attempts - 1), longestDelayMs) * (0.5 + 0.5 * random());

const count = (report: PassReport, name: keyof PassReport, by = 1): void => {
  report[name] += by;
};

/** Messages with one result each. */
const settle = async (
  { database, transport, retries, retryDelayMs, random }: PassOptions,
  leases: readonly Leased[],
  results: readonly SendResult[],
  report: PassReport,
): Promise<void> => {
  const sent = leases.filter((_, index) => results[index]?.ok);
  const [first] = results.filter((result) => result.ok);
  if (sent.length > 0) {
    const receipt = first?.ok ? first.receipt : undefined;
    const to = receipt && { ...receipt, transport: transport.name };
    const outcomes = await acknowledge(database, sent, to);
    const lost = sent.filter((_, index) => outcomes[index] === 'lost');
    report.sent += sent.length - lost.length;
    report.lost += lost.length;
    // Where their server is not the transport's any more they are still held, and whoever sends them again waits.
    if (lost.length > 0) await release(database, lost, 0);
  }
  const waiting: Leased[] = [];
  for (const [index, lease] of leases.entries()) {
    const result = results[index];
    if (!result || result.ok) continue;
    if (!('final' in result)) {
      waiting.push(lease);
      continue;
    }
    const { reason, final } = result;
    if (final || lease.attempts > retries) {
      await deadLetter(database, lease, reason);
      count(report, 'dead');
    } else {
      await reject(database, lease, { reason, delayMs: delayAfter(lease.attempts, retryDelayMs, random) });
      count(report, 'failed');
    }
  }
  if (waiting.length > 0) await release(database, waiting, 0);
};

/** @throws TransportDown, with every message given back; or what the database throws */
export const relayPass = async (options: PassOptions): Promise<PassReport> => {
  const { database, transport, batch, leaseMs } = options;
  const report: PassReport = { claimed: 0, sent: 0, failed: 0, dead: 0, lost: 0 };
  const leases = await claim(database, { limit: batch, leaseMs });
  report.claimed = leases.length;
  for (let start = 0; start < leases.length; start += transport.most) {
    const part = leases.slice(start, start + transport.most);
    try {
      await settle(options, part, await transport.send(part), report);
    } catch (error) {
      // A later part must not overtake this one.
      await release(database, leases.slice(start), 0).catch(() => undefined);
      throw error;
    }
  }
  return report;
};
