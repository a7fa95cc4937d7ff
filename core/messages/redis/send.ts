/** Sending to a Redis list. */
import { randomUUID } from 'node:crypto';
import { envelopeOf } from '../envelope.ts';
import type { Leased } from '../message.ts';
import { MemoryChanged, type Receipt, type SendResult, type Transport, TransportDown } from '../transport.ts';
import { keysOf, type RedisCommands } from './keys.ts';
import { memoryId } from './memory-id.ts';

/**
 * Adds entries, all or none, to the memory that is expected and to no other: a server that has started anew, that has
 * taken over or that was flushed may have lost what was sent. The server's own id changes with the first two; the mark,
 * which is set where there is none, goes with the third, and so does the sequence, which tells how much is remembered.
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
if #ARGV == 3 then return {'same', id, sequence} end
for index = 4, #ARGV do redis.call('LPUSH', KEYS[1], ARGV[index]) end
redis.call('INCRBY', KEYS[3], #ARGV - 3)
return {'sent', id, tostring(redis.call('INCR', KEYS[2]))}`;

export interface RedisTransport extends Transport {
  /** The memory and the sending that the next one is expected to follow. */
  known: Receipt;
  /** What the server itself says. */
  look(): Promise<Receipt>;
  /** @throws MemoryChanged when the server has lost what was sent, as sending does */
  check(): Promise<void>;
}

/** Messages of one call: some hundred kilobytes at most. */
const most = 100;

const words = (reply: unknown): string[] => (Array.isArray(reply) ? reply.map(String) : []);

export const redisTransport = (
  redis: RedisCommands,
  queue: string,
  /** Tells whether an error says that Redis cannot be used, and why. */
  downCause: (error: unknown) => string | undefined,
): RedisTransport => {
  const { queue: list, sequence: count, sent, memory } = keysOf(queue);
  const run = async (
    expected: Receipt,
    entries: readonly string[],
  ): Promise<Receipt & { verdict: string | undefined }> => {
    const { serverId: id, sequence: last } = expected;
    try {
      const [verdict, serverId = '', sequence = '0'] = words(
        await redis.command('EVAL', script, 4, list, count, sent, memory, id, last, randomUUID(), ...entries),
      );
      return { verdict, serverId, sequence };
    } catch (error) {
      const cause = downCause(error);
      if (cause === undefined) throw error;
      throw new TransportDown(cause, (error as Error).message);
    }
  };

  const transport: RedisTransport = {
    name: `redis:${queue}`,
    most,
    known: { serverId: '', sequence: '0' },
    look: async () => {
      const { serverId, sequence } = await run({ serverId: '', sequence: '0' }, []);
      return { serverId, sequence };
    },
    check: async () => {
      const { verdict, serverId, sequence } = await run(transport.known, []);
      if (verdict !== 'same') throw new MemoryChanged(serverId, sequence);
    },
    send: async (messages: readonly Leased[]): Promise<SendResult[]> => {
      if (messages.length === 0) return [];
      const entries = messages.map((message) => JSON.stringify(envelopeOf(message)));
      const { verdict, ...receipt } = await run(transport.known, entries);
      if (verdict !== 'sent') throw new MemoryChanged(receipt.serverId, receipt.sequence);
      if (BigInt(receipt.sequence) > BigInt(transport.known.sequence)) transport.known = receipt;
      return messages.map(() => ({ ok: true, receipt }));
    },
  };
  return transport;
};
