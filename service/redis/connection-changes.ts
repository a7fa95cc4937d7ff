import { type CauseCode, causes } from '../../core/causes/index.ts';
import type { Failure, Phases } from '../../core/checks/index.ts';
import type { RedisTarget } from '../../core/settings/index.ts';
import type { Log } from '../log.ts';

/** What an attempt took. */
interface Taken {
  phases: Phases;
  durationMs: number;
}

const takenBy = (taken?: Taken) => taken && { durationMs: taken.durationMs, phases: taken.phases };

/** One log line for each change of how Redis is connected; attempts that find nothing new are for debugging. */
export class ConnectionChanges {
  readonly #log: Log;
  readonly #place: object;
  #told: CauseCode | 'connected' | undefined;

  constructor(log: Log, { host, port, database, tls }: RedisTarget) {
    this.#log = log;
    this.#place = { dependency: 'redis', host, port, database, tls };
  }

  attemptFailed({ cause, detail }: Failure, attempt: number, taken?: Taken): void {
    this.#log.debug({ ...this.#place, attempt, cause, detail, ...takenBy(taken) }, 'redis connection failed');
  }

  /** There is a connection less than wanted, or none. */
  fewer({ cause, detail, evidence, layer }: Failure, ready: number): void {
    if (this.#told === cause) return;
    this.#told = cause;
    const why = { layer: layer ?? causes[cause].layer, cause, detail, evidence };
    const message = ready === 0 ? 'redis is not connected' : 'redis has fewer connections than it should';
    this.#log.warn({ ...this.#place, ready, ...why }, message);
  }

  connected(ready: number, attempt: number, taken: Taken): void {
    if (this.#told === 'connected') return;
    this.#told = 'connected';
    this.#log.info({ ...this.#place, ready, attempt, ...takenBy(taken) }, 'redis is connected');
  }
}
