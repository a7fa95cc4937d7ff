/**
 * What a list needs besides sending: messages of consumers that died go back, what consumers gave up goes to the outbox,
 * and what is no message is put aside. Any number may do this at once: whatever is done is done once.
 */
import { createHash } from 'node:crypto';
import { type DeadLetterEntry, readDeadLetter, readEnvelope } from '../envelope.ts';
import { keysOf, type RedisCommands } from './keys.ts';
import { find, give, lookAtProcessing, putAside, read, remove } from './scripts.ts';

export interface CareReport {
  /** Given back to the queue. */
  reclaimed: number;
  /** Put aside: they are no messages, or the outbox cannot keep them. */
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

/**
 * Failures in a row after which the others are left for the next time: of an entry that fails alone those behind it are not
 * held up, and of a server that is away nothing is asked hundreds of times.
 */
const mostFailures = 3;

const texts = (reply: unknown): string[] => (Array.isArray(reply) ? reply.map(String) : []);

/** Of bytes that are no UTF-8 the text is not the same: whatever they look like, they are no message. */
const isText = (mark: string, entry: string): boolean =>
  createHash('sha1').update(entry).digest('hex') === mark;

/** A flat list in groups. */
const grouped = (words: readonly string[], size: number): string[][] =>
  Array.from({ length: Math.floor(words.length / size) }, (_, index) =>
    words.slice(index * size, (index + 1) * size),
  );

/** Does what can be done; `end` throws the first of what could not. */
class Attempts {
  #first: { error: unknown } | undefined;
  #inARow = 0;

  get over(): boolean {
    return this.#inARow >= mostFailures;
  }

  /** Gives whether it was done. */
  async do(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      this.#inARow = 0;
      return true;
    } catch (error) {
      this.#first ??= { error };
      this.#inARow += 1;
      return false;
    }
  }

  end(): void {
    if (this.#first) throw this.#first.error;
  }
}

export const careForLists = async (
  redis: RedisCommands,
  queue: string,
  { reclaimMs, bury, now = Date.now }: CareOptions,
): Promise<CareReport> => {
  const keys = keysOf(queue);
  const report: CareReport = { reclaimed: 0, unparsable: 0, buried: 0 };
  const run = (script: string, names: readonly string[], ...words: (string | number)[]) =>
    redis.command('EVAL', script, names.length, ...names, ...words);
  const aside = async (from: string, place: number, digest: string): Promise<void> => {
    if (Number(await run(putAside, [from, keys.unparsable], place, digest)) === 1) report.unparsable += 1;
  };

  const buryOne = async (place: number, digest: string, entry: string): Promise<void> => {
    const dead = isText(digest, entry) ? readDeadLetter(entry) : undefined;
    if (!dead || (await bury(dead)) === false) return aside(keys.deadLetters, place, digest);
    if (Number(await run(remove, [keys.deadLetters], place, digest)) === 1) report.buried += 1;
  };

  /** A part at a time, so that no answer is too large: what is done with leaves the list, and the next ones follow. */
  const buryAll = async (): Promise<void> => {
    const attempts = new Attempts();
    const names = [keys.deadLetters, keys.unparsable];
    // Those that stay where they are; the next one stands behind them.
    let staying = 0;
    for (let left = look; left > 0 && !attempts.over; ) {
      const [long, stayed, ...entries] = texts(await run(find, names, staying, left));
      if (long === undefined) break;
      report.unparsable += Number(long);
      staying += Number(stayed);
      left -= Number(long) + Number(stayed) + entries.length / 2;
      for (const [digest = '', entry = ''] of grouped(entries, 2)) {
        if (attempts.over) break;
        const place = staying + 1;
        if (!(await attempts.do(() => buryOne(place, digest, entry)))) staying += 1;
      }
    }
    attempts.end();
  };

  const takeBack = async (mark: string, since: string, place: number): Promise<void> => {
    const [digest, entry = ''] = texts(await run(read, [keys.processing], place, mark));
    if (digest === undefined) return;
    if (!isText(digest, entry) || !readEnvelope(entry)) return aside(keys.processing, place, digest);
    const dead = {
      error: `its consumer died with it ${mostReclaims + 1} times`,
      failed_at: new Date(now()).toISOString(),
      original_queue: queue,
    };
    const names = [keys.processing, keys.queue, keys.deadLetters, keys.seen, keys.reclaims];
    const became = String(
      await run(give, names, place, digest, since, mostReclaims, JSON.stringify(dead), reclaimsKept),
    );
    if (became === 'reclaimed') report.reclaimed += 1;
  };

  const takeAllBack = async (): Promise<void> => {
    const attempts = new Attempts();
    const names = [keys.processing, keys.queue, keys.seen, keys.reclaims, keys.unparsable];
    const [long = 0, ...found] = texts(await run(lookAtProcessing, names, look, now()));
    report.unparsable += Number(long);
    // The one that was taken first stands last, is given back last, and so is the next one to be taken.
    for (const [mark = '', since = '', place = ''] of grouped(found, 3).reverse()) {
      if (now() - Number(since) < reclaimMs) continue;
      if (attempts.over) break;
      await attempts.do(() => takeBack(mark, since, Number(place)));
    }
    attempts.end();
  };

  try {
    await takeAllBack();
  } finally {
    // Also where memory has run out, and nothing can be given back: this frees some.
    await buryAll();
  }
  return report;
};
