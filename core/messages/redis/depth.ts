import { keysOf, type RedisCommands } from './keys.ts';
import { lengths } from './scripts.ts';

/** A key that is of another type than the relay and its consumers need: nothing can be put there. */
export interface WrongKey {
  key: string;
  /** As Redis names it. */
  type: string;
  wanted: 'list' | 'string';
}

export interface ListDepth {
  /** Messages that were ever sent to it. */
  sent: number;
  waiting: number;
  processing: number;
  deadLetters: number;
  unparsable: number;
  /** Keys that are of another type; they count as empty. Absent where there is none. */
  wrong?: readonly WrongKey[];
}

/** With the word of the server, by which it is looked for. */
export const wrongKeyText = ({ key, type, wanted }: WrongKey): string =>
  `${key} is of the type ${type}, not ${wanted} (WRONGTYPE): rename it, or delete it`;

/** All of one moment: what was sent and what waits are compared with each other. */
export const listDepth = async (redis: RedisCommands, queue: string): Promise<ListDepth> => {
  const keys = keysOf(queue);
  const names = [keys.sent, keys.queue, keys.processing, keys.deadLetters, keys.unparsable];
  const reply = await redis.command('EVAL', lengths, names.length, ...names);
  const found = Array.isArray(reply) ? reply.map(String) : [];
  const wrong = names.flatMap((key, index): WrongKey[] => {
    const type = found[index] ?? '0';
    return /^\d+$/.test(type) ? [] : [{ key, type, wanted: key === keys.sent ? 'string' : 'list' }];
  });
  const [sent = 0, waiting = 0, processing = 0, deadLetters = 0, unparsable = 0] = found.map(
    (length) => Number(length) || 0,
  );
  return { sent, waiting, processing, deadLetters, unparsable, ...(wrong.length > 0 ? { wrong } : {}) };
};
