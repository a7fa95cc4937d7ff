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
  /**
   * Keeps a message that a consumer gave up where it is safe; must have done so when it resolves. False where it cannot
   * be kept there: it is put aside then, and those behind it do not wait.
   */
  bury: (dead: DeadLetterEntry) => Promise<unknown>;
  now?: () => number;
}

/** Entries of a list that are looked at in one go. */
const look = 500;

/** An entry that was taken back so often kills its consumers. */
const mostReclaims = 3;

const print = (entry: string): string => createHash('sha256').update(entry).digest('hex');

/** For so long it is known how often an entry was taken back, seconds: far longer than that takes. */
const reclaimsKept = 86_400;

/**
 * Takes one entry out of a list and puts it into another, unless it is gone. It is put there first: a Redis without
 * memory refuses that, and then the entry stays where it was.
 */
const move = `
if not redis.call('LPOS', KEYS[1], ARGV[1]) then return 0 end
redis.call('LPUSH', KEYS[2], ARGV[1])
redis.call('LREM', KEYS[1], 1, ARGV[1])
return 1`;

/**
 * Takes an entry from whoever has it, if that is still who had it when its time began: another relay may have taken it
 * back in between, and given it to somebody else. To the end from which consumers take, since it is older than all the
 * others; or to the dead letters, when it was taken back too often.
 */
const takeBack = `
if redis.call('HGET', KEYS[4], ARGV[2]) ~= ARGV[3] then return 'other' end
if not redis.call('LPOS', KEYS[1], ARGV[1]) then
  redis.call('HDEL', KEYS[4], ARGV[2])
  return 'gone'
end
local dead = tonumber(redis.call('HGET', KEYS[5], ARGV[2]) or '0') >= tonumber(ARGV[4])
if dead then redis.call('LPUSH', KEYS[3], ARGV[5]) else redis.call('RPUSH', KEYS[2], ARGV[1]) end
redis.call('LREM', KEYS[1], 1, ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[2])
if dead then
  redis.call('HDEL', KEYS[5], ARGV[2])
  return 'dead'
end
redis.call('HINCRBY', KEYS[5], ARGV[2], 1)
redis.call('EXPIRE', KEYS[5], ARGV[6])
return 'back'`;

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
  const putAside = async (from: string, entry: string): Promise<void> => {
    if (Number(await redis.command('EVAL', move, 2, from, keys.unparsable, entry)) === 1)
      report.unparsable += 1;
  };

  const reclaim = async (entry: string, mark: string, since: string): Promise<void> => {
    const dead = JSON.stringify({
      original_message: entry,
      error: `its consumer died with it ${mostReclaims + 1} times`,
      failed_at: new Date(now()).toISOString(),
      original_queue: queue,
    });
    const lists = [keys.processing, keys.queue, keys.deadLetters, keys.seen, keys.reclaims];
    const words = [entry, mark, since, mostReclaims, dead, reclaimsKept];
    const what = await redis.command('EVAL', takeBack, lists.length, ...lists, ...words);
    if (what === 'back') report.reclaimed += 1;
  };

  // Consumers add to the other end: these are the ones that they have had for longest.
  const processing = list(await redis.command('LRANGE', keys.processing, -look, -1));
  const marks = new Set(processing.map(print));
  const seen = list(await redis.command('HGETALL', keys.seen));
  const since = new Map<string, string>();
  for (let index = 0; index + 1 < seen.length; index += 2)
    since.set(seen[index] ?? '', seen[index + 1] ?? '');
  const gone = [...since.keys()].filter((mark) => !marks.has(mark));
  if (gone.length > 0) await redis.command('HDEL', keys.seen, ...gone);
  // The newest first: what is put back last is taken first.
  for (const entry of processing) {
    const mark = print(entry);
    const first = since.get(mark);
    if (first === undefined) await redis.command('HSETNX', keys.seen, mark, now());
    else if (now() - Number(first) < reclaimMs) continue;
    else if (readEnvelope(entry)) await reclaim(entry, mark, first);
    else await putAside(keys.processing, entry);
  }

  for (const entry of list(await redis.command('LRANGE', keys.deadLetters, 0, look - 1))) {
    const dead = readDeadLetter(entry);
    if (!dead || (await bury(dead)) === false) {
      await putAside(keys.deadLetters, entry);
      continue;
    }
    await redis.command('LREM', keys.deadLetters, 1, entry);
    report.buried += 1;
  }
  return report;
};
