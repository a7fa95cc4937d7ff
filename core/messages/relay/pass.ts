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
  /** Monotonic milliseconds. */
  now?: () => number;
  /** Ends the pass before its next part; what it still has is given back. */
  signal?: AbortSignal;
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

interface Pass extends PassOptions {
  report: PassReport;
  /** Keys of which something waits: in this pass nothing more of them is sent. */
  heldUp: Set<string>;
}

const noteSent = async (
  { database, transport, report, heldUp }: Pass,
  sent: readonly Leased[],
  [first]: readonly SendResult[],
): Promise<void> => {
  const receipt = first?.ok ? first.receipt : undefined;
  const to = receipt && { ...receipt, transport: transport.name };
  const outcomes = await acknowledge(database, sent, to);
  const lost = sent.filter((_, index) => outcomes[index] === 'lost');
  report.sent += sent.length - lost.length;
  report.lost += lost.length;
  if (lost.length === 0) return;
  // Where their server is not the transport's any more they are still held, and whoever sends them again waits.
  for (const { key } of lost) heldUp.add(key);
  await release(database, lost, 0);
};

/** Refused by the transport: another attempt later, or none. */
const noteRefused = async (
  { database, retries, retryDelayMs, random, report, heldUp }: Pass,
  lease: Leased,
  { reason, final }: { reason: string; final: boolean },
): Promise<void> => {
  const isLast = final || lease.attempts > retries;
  const outcome = isLast
    ? await deadLetter(database, lease, reason)
    : await reject(database, lease, { reason, delayMs: delayAfter(lease.attempts, retryDelayMs, random) });
  // Where it was lost, its new holder has it before what is behind it.
  if (!isLast || outcome === 'lost') heldUp.add(lease.key);
  if (outcome === 'lost') count(report, 'lost');
  else count(report, isLast ? 'dead' : 'failed');
};

/** Messages with one result each. */
const settle = async (
  pass: Pass,
  leases: readonly Leased[],
  results: readonly SendResult[],
): Promise<void> => {
  const sent = leases.filter((_, index) => results[index]?.ok);
  if (sent.length > 0)
    await noteSent(
      pass,
      sent,
      results.filter(({ ok }) => ok),
    );
  const waiting: Leased[] = [];
  for (const [index, lease] of leases.entries()) {
    const result = results[index];
    if (result?.ok) continue;
    if (result && 'final' in result) {
      await noteRefused(pass, lease, result);
      continue;
    }
    pass.heldUp.add(lease.key);
    waiting.push(lease);
  }
  if (waiting.length > 0) await release(pass.database, waiting, 0);
};

/** @throws TransportDown, with every message given back; or what the database throws */
export const relayPass = async (options: PassOptions): Promise<PassReport> => {
  const { database, transport, batch, leaseMs, signal, now = () => performance.now() } = options;
  const begun = now();
  const report: PassReport = { claimed: 0, sent: 0, failed: 0, dead: 0, lost: 0 };
  const pass: Pass = { ...options, report, heldUp: new Set() };
  let rest: readonly Leased[] = await claim(database, { limit: batch, leaseMs });
  report.claimed = rest.length;
  try {
    // Half of the lease is left for the last call: whoever has lost it sends what another one sends too.
    while (rest.length > 0 && !signal?.aborted && now() - begun < leaseMs / 2) {
      const next = rest.slice(0, transport.part?.(rest) ?? transport.most);
      const part = next.filter(({ key }) => !pass.heldUp.has(key));
      if (part.length < next.length)
        await release(
          database,
          next.filter(({ key }) => pass.heldUp.has(key)),
          0,
        );
      if (part.length > 0) await settle(pass, part, await transport.send(part));
      rest = rest.slice(next.length);
    }
  } finally {
    // After a failure, or when it was told to end: a later part must not overtake this one.
    if (rest.length > 0) await release(database, rest, 0).catch(() => undefined);
  }
  return report;
};
