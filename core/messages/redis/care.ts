/**
 * What a list needs besides sending: messages of consumers that died go back, what consumers gave up goes to the outbox,
 * and what is no message is put aside.
 */
import { createHash } from 'node:crypto';
import { type DeadLetterEntry, readDeadLetter, readEnvelope } from '../envelope.ts';
import { keysOf, type RedisCommands } from './keys.ts';

export interface CareReport {
  /** Given back to the queue. */
  reclaimed: number;
  /** Put aside: they are no messages. */
  unparsable: number;
  /** Moved to the outbox as dead letters. */
  buried: number;
}

export interface ListDepth {
  /** Messages that were ever sent to it. */
  sent: number;
  waiting: number;
  processing: number;
  deadLetters: number;
  unparsable: number;
}

export interface CareOptions {
  /** An entry that a consumer has had for longer is taken back, milliseconds. */
  reclaimMs: number;
  /** Keeps a message that a consumer gave up where it is safe; must have done so when it resolves. */
  bury: (dead: DeadLetterEntry) => Promise<void>;
  now?: () => number;
}

/** Entries of a list that are looked at in one go. */
const look = 500;

/** An entry that was taken back so often kills its consumers. */
const mostReclaims = 3;

const print = (entry: string): string => createHash('sha256').update(entry).digest('hex');

/** Takes one entry out of a list and puts it into another, unless it is gone. */
const move = `
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
redis.call(ARGV[3], KEYS[2], ARGV[2])
return 1`;

const list = (reply: unknown): string[] => (Array.isArray(reply) ? reply.map(String) : []);

export const listDepth = async (redis: RedisCommands, queue: string): Promise<ListDepth> => {
  const keys = keysOf(queue);
  const length = async (key: string): Promise<number> => Number(await redis.command('LLEN', key));
  const [sent, waiting, processing, deadLetters, unparsable] = await Promise.all([
    redis.command('GET', keys.sent),
    ...[keys.queue, keys.processing, keys.deadLetters, keys.unparsable].map(length),
  ]);
  return {
    sent: Number(sent ?? 0),
    waiting: Number(waiting),
    processing: Number(processing),
    deadLetters: Number(deadLetters),
    unparsable: Number(unparsable),
  };
};

export const careForLists = async (
  redis: RedisCommands,
  queue: string,
  { reclaimMs, bury, now = Date.now }: CareOptions,
): Promise<CareReport> => {
  const keys = keysOf(queue);
  const report: CareReport = { reclaimed: 0, unparsable: 0, buried: 0 };
  const moveTo = async (from: string, to: string, entry: string, as: string, how: 'LPUSH' | 'RPUSH') =>
    Number(await redis.command('EVAL', move, 2, from, to, entry, as, how)) === 1;
  const putAside = async (from: string, entry: string): Promise<void> => {
    if (await moveTo(from, keys.unparsable, entry, entry, 'LPUSH')) report.unparsable += 1;
  };

  const takeBack = async (entry: string, mark: string): Promise<void> => {
    const times = Number((await redis.command('HGET', keys.reclaims, mark)) ?? 0);
    await redis.command('HDEL', keys.seen, mark);
    if (times < mostReclaims) {
      // To the end from which consumers take: it is older than all the others.
      if (!(await moveTo(keys.processing, keys.queue, entry, entry, 'RPUSH'))) return;
      await redis.command('HINCRBY', keys.reclaims, mark, 1);
      report.reclaimed += 1;
      return;
    }
    const dead = {
      original_message: entry,
      error: `its consumer died with it ${times + 1} times`,
      failed_at: new Date(now()).toISOString(),
      original_queue: queue,
    };
    if (await moveTo(keys.processing, keys.deadLetters, entry, JSON.stringify(dead), 'LPUSH'))
      await redis.command('HDEL', keys.reclaims, mark);
  };

  const processing = list(await redis.command('LRANGE', keys.processing, 0, look - 1));
  const marks = new Set(processing.map(print));
  const seen = list(await redis.command('HGETALL', keys.seen));
  const since = new Map<string, number>();
  for (let index = 0; index + 1 < seen.length; index += 2)
    since.set(seen[index] ?? '', Number(seen[index + 1]));
  const gone = [...since.keys()].filter((mark) => !marks.has(mark));
  if (gone.length > 0) await redis.command('HDEL', keys.seen, ...gone);
  for (const entry of processing) {
    const mark = print(entry);
    const first = since.get(mark);
    if (first === undefined) await redis.command('HSET', keys.seen, mark, now());
    else if (now() - first < reclaimMs) continue;
    else if (readEnvelope(entry)) await takeBack(entry, mark);
    else await putAside(keys.processing, entry);
  }

  for (const entry of list(await redis.command('LRANGE', keys.deadLetters, 0, look - 1))) {
    const dead = readDeadLetter(entry);
    if (!dead) {
      await putAside(keys.deadLetters, entry);
      continue;
    }
    await bury(dead);
    await redis.command('LREM', keys.deadLetters, 1, entry);
    report.buried += 1;
  }
  return report;
};
