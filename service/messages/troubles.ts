/** What keeps the queue from its work although its servers answer: told once, and known until it has ended. */
import type { CauseCode } from '../../core/causes/index.ts';
import { CircuitOpenError } from '../../core/resilience/index.ts';
import type { Log } from '../log.ts';
import { DatabaseError } from '../postgres/index.ts';
import { RedisError } from '../redis/index.ts';

export interface Trouble {
  cause: CauseCode;
  /** May have names of keys and words of servers: for operators. */
  detail: string;
}

/** A busy pool and another transaction are over with the next attempt. */
const passing: readonly CauseCode[] = ['POOL_EXHAUSTED', 'TRANSACTION_CONFLICT'];

/** A server that is away says so itself, by its breaker and its monitor. */
const isAway = (error: unknown): boolean =>
  error instanceof CircuitOpenError ||
  (error instanceof RedisError && error.failure.blame !== 'command') ||
  (error instanceof DatabaseError && (error.failure.unavailable || passing.includes(error.cause)));

const troubleOf = (error: unknown): Trouble =>
  error instanceof RedisError || error instanceof DatabaseError
    ? { cause: error.cause, detail: error.message }
    : { cause: 'UNKNOWN', detail: String(error) };

export class Troubles {
  readonly #log: Log;
  readonly #known = new Map<string, Trouble>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** By the work that they keep from being done. */
  get all(): ReadonlyMap<string, Readonly<Trouble>> {
    return this.#known;
  }

  /** What is already said elsewhere, or undefined when it has ended. */
  note(work: string, trouble: Trouble | undefined): void {
    if (trouble) this.#known.set(work, trouble);
    else this.#known.delete(work);
  }

  failed(work: string, error: unknown): void {
    if (!isAway(error)) this.#tell(work, troubleOf(error));
  }

  /** It can be used, and yet something there is wrong. */
  found(work: string, trouble: Trouble | undefined): void {
    if (trouble) this.#tell(work, trouble);
    else this.ended(work);
  }

  ended(work: string): void {
    if (this.#known.delete(work)) this.#log.info({ work }, `${work} works again`);
  }

  #tell(work: string, trouble: Trouble): void {
    const last = this.#known.get(work);
    this.#known.set(work, trouble);
    if (last?.cause === trouble.cause && last.detail === trouble.detail) return;
    this.#log.error({ work, ...trouble }, `${work} failed`);
  }
}
