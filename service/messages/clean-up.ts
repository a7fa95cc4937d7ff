/** Removing from the outbox what was sent long ago. */
import {
  cleanUp,
  type Held,
  heldIn,
  mostHeld,
  type RedisCommands,
  type Sql,
} from '../../core/messages/index.ts';
import type { Log } from '../log.ts';

export interface CleanUpParts {
  sql: Sql;
  /** How long what was sent is kept at least, milliseconds. */
  keptMs: number;
  /** Where the transport has lists, and its name. */
  lists: { redis: RedisCommands; queue: string; transport: string } | undefined;
  log: Log;
}

/** Gives what removes one part of it; it tells once that the lists hold too much for that. */
export const createCleanUp = ({ sql, keptMs, lists, log }: CleanUpParts) => {
  let told = false;
  const look = async (redis: RedisCommands, queue: string): Promise<Held | undefined> => {
    const found = await heldIn(redis, queue);
    const isTooMuch = found === 'too much';
    if (isTooMuch && !told)
      log.warn(
        { queue, ...mostHeld },
        'the lists hold more than is looked through: until they hold less, nothing that was sent is removed from the outbox',
      );
    told = isTooMuch;
    return typeof found === 'string' ? undefined : found;
  };
  return (): Promise<number> => {
    if (!lists) return cleanUp(sql, keptMs);
    const { redis, queue, transport } = lists;
    return cleanUp(sql, keptMs, { memory: { transport, held: () => look(redis, queue) } });
  };
};
