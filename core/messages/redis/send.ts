/** Sending to a Redis list. */
import { envelopeOf } from '../envelope.ts';
import type { Leased } from '../message.ts';
import { MemoryChanged, type Receipt, type SendResult, type Transport, TransportDown } from '../transport.ts';
import { keysOf, type RedisCommands } from './keys.ts';

/**
 * Adds entries, all or none, to the server that is expected and to no other: a server that has started anew, or that
 * has taken over, may have lost what was sent. The sequence tells what it remembers, since it goes with its memory.
 */
const script = `
local id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
local sequence = redis.call('GET', KEYS[2]) or '0'
if id ~= ARGV[1] or tonumber(sequence) < tonumber(ARGV[2]) then return {'other', id, sequence} end
for index = 3, #ARGV do redis.call('LPUSH', KEYS[1], ARGV[index]) end
redis.call('INCRBY', KEYS[3], #ARGV - 2)
return {'sent', id, tostring(redis.call('INCR', KEYS[2]))}`;

export interface RedisTransport extends Transport {
  /** The server and the sending that the next one is expected to follow. */
  known: Receipt;
  /** What the server itself says. */
  look(): Promise<Receipt>;
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
  const keys = keysOf(queue);
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
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
    look: () =>
      guarded(async () => {
        const info = String(await redis.command('INFO', 'server'));
        const serverId = /run_id:(\w+)/.exec(info)?.[1] ?? '';
        return { serverId, sequence: String((await redis.command('GET', keys.sequence)) ?? '0') };
      }),
    send: (messages: readonly Leased[]) =>
      guarded(async (): Promise<SendResult[]> => {
        const entries = messages.map((message) => JSON.stringify(envelopeOf(message)));
        const [verdict, serverId = '', sequence = '0'] = words(
          await redis.command(
            'EVAL',
            script,
            3,
            keys.queue,
            keys.sequence,
            keys.sent,
            transport.known.serverId,
            transport.known.sequence,
            ...entries,
          ),
        );
        if (verdict !== 'sent') throw new MemoryChanged(serverId, sequence);
        const receipt = { serverId, sequence };
        if (BigInt(sequence) > BigInt(transport.known.sequence)) transport.known = receipt;
        return messages.map(() => ({ ok: true, receipt }));
      }),
  };
  return transport;
};
