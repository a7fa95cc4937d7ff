/** Which messages the lists of a queue hold: what may not leave the outbox. */
import { isUuid } from '../outbox/rows.ts';
import type { Receipt } from '../transport.ts';
import { keysOf, type RedisCommands } from './keys.ts';
import { memoryId } from './memory-id.ts';

/** What is looked through at most, in all lists together. */
export interface LookLimits {
  entries: number;
  bytes: number;
}

/** Redis does nothing else meanwhile: it takes some 60 ms. */
export const mostHeld: LookLimits = { entries: 10_000, bytes: 8 * 1_024 * 1_024 };

/** Entries that are read at once, so that a script never has many large ones. */
const part = 50;

/**
 * All of one moment, since consumers move entries between the lists, and back. Whatever stands behind the word
 * `message_id` counts: consumers write an envelope anew when they put it back, and one inside another as a text. Too
 * many ids keep something for longer; one that is missing would be deleted.
 */
const script = `
local mark = redis.call('GET', KEYS[1])
if not mark then return {'forgotten'} end
local found = {'held', ${memoryId}, redis.call('GET', KEYS[2]) or '0'}
local entries, bytes = 0, 0
for index = 3, #KEYS do entries = entries + redis.call('LLEN', KEYS[index]) end
if entries > tonumber(ARGV[1]) then return {'too much'} end
for index = 3, #KEYS do
  for first = 0, redis.call('LLEN', KEYS[index]) - 1, ${part} do
    for _, entry in ipairs(redis.call('LRANGE', KEYS[index], first, first + ${part - 1})) do
      bytes = bytes + #entry
      if bytes > tonumber(ARGV[2]) then return {'too much'} end
      local _, last = string.find(entry, 'message_id', 1, true)
      while last do
        found[#found + 1] = string.match(entry, '^[\\\\"%s:]*(%x+%-%x+%-%x+%-%x+%-%x+)', last + 1)
        _, last = string.find(entry, 'message_id', last + 1, true)
      end
    end
  end
end
return found`;

export interface Held extends Receipt {
  /** Ids of the messages that wait, that consumers have, and that they have given up. */
  ids: readonly string[];
}

/** `too much`: more than is looked through. `forgotten`: a memory that nothing was sent to. */
export type LookAtHeld = Held | 'too much' | 'forgotten';

/** Looking changes nothing. */
export const heldIn = async (
  redis: RedisCommands,
  queue: string,
  { entries, bytes }: LookLimits = mostHeld,
): Promise<LookAtHeld> => {
  const keys = keysOf(queue);
  const names = [keys.memory, keys.sequence, keys.queue, keys.processing, keys.deadLetters];
  const reply = await redis.command('EVAL', script, names.length, ...names, entries, bytes);
  const [verdict, serverId = '', sequence = '0', ...ids] = Array.isArray(reply) ? reply.map(String) : [];
  if (verdict === 'held') return { serverId, sequence, ids: [...new Set(ids)].filter(isUuid) };
  return verdict === 'too much' ? 'too much' : 'forgotten';
};
