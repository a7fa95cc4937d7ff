/**
 * What a list needs besides sending: messages of consumers that died go back, what consumers gave up goes to the outbox,
 * and what is no message is put aside. Any number may do this at once: whatever is done is done once.
 */
import { createHash } from 'node:crypto';
import { type DeadLetterEntry, readDeadLetter, readEnvelope } from '../envelope.ts';
import { keysOf, type RedisCommands } from './keys.ts';
import { find, give, lookAtProcessing, putAside, remove } from './scripts.ts';

export interface CareReport {
  /** Given back to the queue. */
  reclaimed: number;
  /** Put aside: they are no messages. */
  unparsable: number;
  /** Moved to the outbox as dead letters. */
  buried: number;
}

export interface CareOptions {
  /** An entry that a consumer has had for longer is taken back, milliseconds. */
  reclaimMs: number;
  /**
   * Keeps a message that a consumer gave up where it is safe; must have done so when it resolves. False where it cannot
   * be kept there: it is put aside then, and those behind it do not wait.
   */
  bury: (dead: DeadLetterEntry) => Promise<unknown>;
  now?: () => number;
}

/** Entries of a list that are looked at in one go, the oldest ones. */
const look = 500;

/** For so long it is known how often an entry was taken back, seconds: far longer than that takes. */
const reclaimsKept = 86_400;

/** An entry that was taken back so often kills its consumers. */
const mostReclaims = 3;

const texts = (reply: unknown): string[] => (Array.isArray(reply) ? reply.map(String) : []);

/** Of bytes that are no UTF-8 the text is not the same: whatever they look like, they are no message. */
const isText = (mark: string, entry: string): boolean =>
  createHash('sha1').update(entry).digest('hex') === mark;

/** A flat list in groups. */
const grouped = (words: readonly string[], size: number): string[][] =>
  Array.from({ length: Math.floor(words.length / size) }, (_, index) =>
    words.slice(index * size, (index + 1) * size),
  );

export const careForLists = async (
  redis: RedisCommands,
  queue: string,
  { reclaimMs, bury, now = Date.now }: CareOptions,
): Promise<CareReport> => {
  const keys = keysOf(queue);
  const report: CareReport = { reclaimed: 0, unparsable: 0, buried: 0 };
  const run = (script: string, names: readonly string[], ...words: (string | number)[]) =>
    redis.command('EVAL', script, names.length, ...names, ...words);
  const aside = async (from: string, mark: string): Promise<void> => {
    if (Number(await run(putAside, [from, keys.unparsable], look, mark)) === 1) report.unparsable += 1;
  };

  const buryAll = async (): Promise<void> => {
    const entries = grouped(texts(await run(find, [keys.deadLetters], look)), 2);
    // The one that was given up first stands last.
    for (const [mark = '', entry = ''] of entries.reverse()) {
      const dead = isText(mark, entry) ? readDeadLetter(entry) : undefined;
      if (!dead || (await bury(dead)) === false) {
        await aside(keys.deadLetters, mark);
        continue;
      }
      if (Number(await run(remove, [keys.deadLetters], look, mark)) === 1) report.buried += 1;
    }
  };

  const takeBack = async (mark: string, entry: string, since: string): Promise<void> => {
    const dead = {
      original_message: entry,
      error: `its consumer died with it ${mostReclaims + 1} times`,
      failed_at: new Date(now()).toISOString(),
      original_queue: queue,
    };
    const names = [keys.processing, keys.queue, keys.deadLetters, keys.seen, keys.reclaims];
    const became = String(
      await run(give, names, look, mark, since, mostReclaims, JSON.stringify(dead), reclaimsKept),
    );
    if (became === 'reclaimed') report.reclaimed += 1;
  };

  const takeAllBack = async (): Promise<void> => {
    const names = [keys.processing, keys.queue, keys.seen, keys.reclaims];
    const entries = grouped(texts(await run(lookAtProcessing, names, look, now())), 3);
    // The one that was taken first stands last, is given back last, and so is the next one to be taken.
    for (const [mark = '', entry = '', since = ''] of entries) {
      if (now() - Number(since) < reclaimMs) continue;
      if (isText(mark, entry) && readEnvelope(entry)) await takeBack(mark, entry, since);
      else await aside(keys.processing, mark);
    }
  };

  try {
    await takeAllBack();
  } finally {
    // Also where memory has run out, and nothing can be given back: this frees some.
    await buryAll();
  }
  return report;
};
