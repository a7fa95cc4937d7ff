/** Whether Redis may delete the lists to make room: nobody could tell that from messages that were taken. */
import { policyThatDropsLists, type RedisCommands } from '../../core/messages/index.ts';
import type { Log } from '../log.ts';

export class EvictionWatch {
  readonly #redis: RedisCommands;
  readonly #log: Log;
  #policy: string | undefined;

  constructor(redis: RedisCommands, log: Log) {
    this.#redis = redis;
    this.#log = log;
  }

  /** As it was when it was last asked. */
  get warning(): string | undefined {
    return (
      this.#policy &&
      `maxmemory-policy is ${this.#policy}: when memory runs out, Redis may delete lists of messages, and nobody is told; write noeviction, or volatile-lru where other keys are to make room`
    );
  }

  /** Tells of each change once. @throws what Redis throws */
  async look(): Promise<void> {
    const policy = await policyThatDropsLists(this.#redis);
    if (policy === this.#policy) return;
    this.#policy = policy;
    if (this.warning) this.#log.warn({ dependency: 'redis', policy }, this.warning);
    else this.#log.info({ dependency: 'redis' }, 'maxmemory-policy spares the lists of messages again');
  }
}
