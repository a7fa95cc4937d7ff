import { keysOf, type RedisCommands } from './keys.ts';
import { lengths } from './scripts.ts';

export interface ListDepth {
  /** Messages that were ever sent to it. */
  sent: number;
  waiting: number;
  processing: number;
  deadLetters: number;
  unparsable: number;
}

/** All of one moment: what was sent and what waits are compared with each other. */
export const listDepth = async (redis: RedisCommands, queue: string): Promise<ListDepth> => {
  const keys = keysOf(queue);
  const names = [keys.sent, keys.queue, keys.processing, keys.deadLetters, keys.unparsable];
  const reply = await redis.command('EVAL', lengths, names.length, ...names);
  const [sent = 0, waiting = 0, processing = 0, deadLetters = 0, unparsable = 0] = Array.isArray(reply)
    ? reply.map(Number)
    : [];
  return { sent, waiting, processing, deadLetters, unparsable };
};
