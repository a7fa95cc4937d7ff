/** Sending to a Redis list. */
import { randomUUID } from 'node:crypto';
import { envelopeOf } from '../envelope.ts';
import type { Leased } from '../message.ts';
import { MemoryChanged, type Receipt, type SendResult, type Transport, TransportDown } from '../transport.ts';
import { callOf, keysOf, type RedisCommands } from './keys.ts';
import { memoryId } from './memory-id.ts';

/** Longer than any network keeps a call under way. */
const callKeptSeconds = 3_600;

/**
 * Adds entries, all or none, to the memory that is expected and to no other: a server that has started anew, that has
 * taken over or that was flushed may have lost what was sent. The server's own id changes with the first two; the mark,
 * which is set where there is none, goes with the third, and so does the sequence, which tells how much is remembered.
 *
 * A call whose answer did not come may have been done, may be under way, or be lost. So each has a number, and what
 * became of the last one of a sender is kept: who asks for it without entries is told its sequence, or, where nothing of
 * it has arrived, ends it: then it does nothing when it arrives at last. So it is sent again without becoming two.
 */
const script = `
local mark = redis.call('GET', KEYS[4])
if not mark then
  mark = ARGV[3]
  redis.call('SET', KEYS[4], mark)
  redis.call('DEL', KEYS[2])
end
local id = ${memoryId}
local sequence = redis.call('GET', KEYS[2]) or '0'
if id ~= ARGV[1] or tonumber(sequence) < tonumber(ARGV[2]) then return {'other', id, sequence} end
local call = ARGV[4]
if call == '' then return {'same', id, sequence} end
local last, became = string.match(redis.call('GET', KEYS[5]) or '', '^(%d+):(%w+)$')
if last and tonumber(last) >= tonumber(call) then
  if last == call and became ~= 'ended' then return {'sent', id, became} end
  return {'ended', id, sequence}
end
if #ARGV == 4 then
  redis.call('SET', KEYS[5], call .. ':ended', 'EX', ${callKeptSeconds})
  return {'ended', id, sequence}
end
for index = 5, #ARGV do redis.call('LPUSH', KEYS[1], ARGV[index]) end
redis.call('INCRBY', KEYS[3], #ARGV - 4)
sequence = tostring(redis.call('INCR', KEYS[2]))
redis.call('SET', KEYS[5], call .. ':' .. sequence, 'EX', ${callKeptSeconds})
return {'sent', id, sequence}`;

export interface RedisTransport extends Transport {
  /** The memory and the sending that the next one is expected to follow. */
  known: Receipt;
  /** What the server itself says. */
  look(): Promise<Receipt>;
  /** @throws MemoryChanged when the server has lost what was sent, as sending does */
  check(): Promise<void>;
}

/** Messages of one call, and bytes: what every network brings within the deadline of a command. */
const most = 100;
const mostBytes = 262_144;
/** After each call that arrives it may have so much more again; that much, or one message, it has in any case. */
const growth = 16_384;

const words = (reply: unknown): string[] => (Array.isArray(reply) ? reply.map(String) : []);

type Verdict = Receipt & { verdict: string | undefined };

/** Another one after each failure: a message that came back from its consumer is not the one that was sent before. */
const nameOf = ({ id, failures }: Leased): string => `${id} ${failures.length}`;

export const redisTransport = (
  redis: RedisCommands,
  queue: string,
  /** Tells whether an error says that Redis cannot be used, and why. */
  downCause: (error: unknown) => string | undefined,
): RedisTransport => {
  const { queue: list, sequence: count, sent, memory } = keysOf(queue);
  const names = [list, count, sent, memory, callOf(queue, randomUUID())];
  /** Of what is measured first, and sent then. */
  const written = new WeakMap<Leased, string>();
  const entryOf = (message: Leased): string => {
    const entry = written.get(message) ?? JSON.stringify(envelopeOf(message));
    written.set(message, entry);
    return entry;
  };
  let calls = 0;
  /** A call whose answer did not come. */
  let unanswered: { call: number; messages: readonly Leased[] } | undefined;
  /** Messages of such calls that have arrived, with the receipts of those. */
  let arrived = new Map<string, Receipt>();
  let bytes = mostBytes;

  const run = async (
    { serverId, sequence }: Receipt,
    call: number | '',
    entries: readonly string[],
  ): Promise<Verdict> => {
    try {
      const [verdict, id = '', last = '0'] = words(
        await redis.command(
          'EVAL',
          script,
          names.length,
          ...names,
          serverId,
          sequence,
          randomUUID(),
          call,
          ...entries,
        ),
      );
      return { verdict, serverId: id, sequence: last };
    } catch (error) {
      const cause = downCause(error);
      if (cause === undefined) throw error;
      throw new TransportDown(cause, (error as Error).message);
    }
  };
  /** Of the memory that is expected, or of another one, of which nothing is known. */
  const expecting = async (...given: [call: number | '', entries: readonly string[]]): Promise<Verdict> => {
    const found = await run(transport.known, ...given);
    if (found.verdict !== 'other') return found;
    unanswered = undefined;
    arrived = new Map();
    throw new MemoryChanged(found.serverId, found.sequence);
  };
  const note = ({ serverId, sequence }: Receipt): Receipt => {
    const receipt = { serverId, sequence };
    if (BigInt(sequence) > BigInt(transport.known.sequence)) transport.known = receipt;
    return receipt;
  };

  /** Only then is anything else sent: one call at most is not known of. */
  const resolve = async (): Promise<void> => {
    if (!unanswered) return;
    const { call, messages } = unanswered;
    const found = await expecting(call, []);
    unanswered = undefined;
    if (found.verdict !== 'sent') return;
    const receipt = note(found);
    // Whoever has taken them meanwhile has them for good: older ones are of no use.
    arrived = new Map(messages.map((message) => [nameOf(message), receipt]));
  };

  const sendNow = async (messages: readonly Leased[]): Promise<Receipt> => {
    calls += 1;
    unanswered = { call: calls, messages };
    try {
      const found = await expecting(calls, messages.map(entryOf));
      unanswered = undefined;
      bytes = Math.min(bytes + growth, mostBytes);
      return note(found);
    } catch (error) {
      // It may have been too much for the deadline.
      if (!(error instanceof MemoryChanged)) bytes = Math.max(Math.floor(bytes / 2), growth);
      throw error;
    }
  };

  const transport: RedisTransport = {
    name: `redis:${queue}`,
    most,
    part: (messages) => {
      const longest = Math.min(messages.length, most);
      let sum = 0;
      for (const [index, message] of messages.slice(0, longest).entries()) {
        sum += Buffer.byteLength(entryOf(message));
        if (sum > bytes) return Math.max(index, 1);
      }
      return longest;
    },
    known: { serverId: '', sequence: '0' },
    look: async () => {
      const { serverId, sequence } = await run({ serverId: '', sequence: '0' }, '', []);
      return { serverId, sequence };
    },
    check: async () => {
      await expecting('', []);
    },
    send: async (messages: readonly Leased[]): Promise<SendResult[]> => {
      if (messages.length === 0) return [];
      await resolve();
      if (arrived.size === 0) {
        const receipt = await sendNow(messages);
        return messages.map(() => ({ ok: true, receipt }));
      }
      const before = messages.map((message) => arrived.get(nameOf(message)));
      const rest = messages.filter((_, index) => !before[index]);
      const receipt = rest.length > 0 ? await sendNow(rest) : undefined;
      for (const message of messages) arrived.delete(nameOf(message));
      // All have the last receipt: with a later one a message is rather sent twice than forgotten.
      const last = receipt ?? before.at(-1);
      return messages.map(() => ({ ok: true, ...(last ? { receipt: last } : {}) }));
    },
  };
  return transport;
};
