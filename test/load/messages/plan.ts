/** What happens to whom and when, as the seed decides. */
import { between, oneOf, type Random } from '../random.ts';

export type Victim = 'service 1' | 'service 2' | 'redis' | 'postgres' | 'consumer';

export interface Fault {
  /** Milliseconds since the first event was published. */
  atMs: number;
  victim: Victim;
  how: How;
  /** It waits for the next event that is acknowledged, and so long after that, milliseconds: then the relays are at work. */
  lagMs: number;
  /** Milliseconds until it is started again, or goes on. */
  downMs: number;
}

/**
 * `SIGKILL` leaves no time for anything; of PostgreSQL it takes all processes. `immediate` and `fast` are PostgreSQL's
 * own ways to stop. `pause`: it stands still and then goes on as if nothing had been. `flush`: Redis stays and
 * forgets everything.
 */
export type How = 'SIGKILL' | 'SIGTERM' | 'immediate' | 'fast' | 'pause' | 'flush';

/** More often what is listed more often. */
const ways: Record<Victim, readonly How[]> = {
  'service 1': ['SIGKILL', 'SIGKILL', 'SIGTERM', 'pause'],
  'service 2': ['SIGKILL', 'SIGKILL', 'SIGTERM', 'pause'],
  redis: ['SIGKILL', 'SIGKILL', 'SIGTERM', 'pause', 'flush'],
  postgres: ['SIGKILL', 'SIGKILL', 'immediate', 'fast'],
  consumer: ['SIGKILL', 'SIGKILL', 'SIGTERM'],
};

const victims: readonly Victim[] = [
  'service 1',
  'service 1',
  'service 2',
  'service 2',
  'redis',
  'redis',
  'postgres',
  'consumer',
];

interface Bounds {
  least: number;
  most: number;
}

/** Milliseconds between two faults. */
const gap: Bounds = { least: 400, most: 3_600 };

/** For how long one lasts, milliseconds. Some pauses are longer than a lease: who had it then comes back without. */
const down: Bounds = { least: 100, most: 3_000 };
const lasting: Partial<Record<How, Bounds>> = {
  pause: { least: 500, most: 6_000 },
  flush: { least: 0, most: 0 },
};

/** A relay has taken, sent and noted an event within about so long, milliseconds. */
const atWork: Bounds = { least: 0, most: 12 };

/** What was killed has this long to come up before it is killed again. */
const restMs = 2_500;

/** Without an end. The same seed gives the same faults, whatever happens meanwhile. */
export function* faults(random: Random): Generator<Fault, never> {
  const free = new Map<Victim, number>();
  let atMs = 0;
  for (;;) {
    atMs += between(random, gap.least, gap.most);
    const now = atMs;
    const candidates = victims.filter((victim) => (free.get(victim) ?? 0) <= now);
    // Drawn in any case, so that each fault takes as many numbers as every other one.
    const victim = oneOf(random, candidates.length > 0 ? candidates : victims);
    const how = oneOf(random, ways[victim]);
    const { least, most } = lasting[how] ?? down;
    const downMs = Math.round(between(random, least, most));
    const lagMs = Math.round(between(random, atWork.least, atWork.most));
    if (candidates.length === 0) continue;
    free.set(victim, atMs + downMs + restMs);
    yield { atMs: Math.round(atMs), victim, how, lagMs, downMs };
  }
}
